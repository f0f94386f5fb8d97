/** A field of a schedule that cannot cross threads as it is. */
export interface UnsendableField {
  /** The schedule's place in what `schedules()` returned. */
  readonly index: number;
  readonly field: string;
  /** Its value in one short line. */
  readonly found: string;
  /** Why it is not JSON, with the path of what is wrong: `a.b is a function`. */
  readonly problem: string;
}
