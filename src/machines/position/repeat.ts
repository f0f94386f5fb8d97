/**
 * Occurrences that come again, because the clock was set back or an operator moved the schedule back. Each time is a
 * pass: an occurrence is its instant and its pass, so that "once for each occurrence" stays exact.
 */

/** Which occurrences come again. Instants are epoch milliseconds. Absent from a schedule that never went back. */
export interface Repeat {
  /** The pass that is under way: 2 for the first time that occurrences come again. */
  readonly pass: number;
  /** How far an earlier pass has come: occurrences up to here come again. */
  readonly untilMs: number;
  /** The clock was set back by a little: what was due up to here has an outcome, so it is not missed in this pass. */
  readonly ranUntilMs?: number;
  /** An operator moved the schedule back: what is missed in this pass is made up for. */
  readonly isWanted?: true;
}

/** The pass of an occurrence; undefined for one that comes for the first time. */
export function passOf(repeat: Repeat | undefined, scheduledAtMs: number): number | undefined {
  return repeat !== undefined && scheduledAtMs <= repeat.untilMs ? repeat.pass : undefined;
}

/** Whether an occurrence was planned before the pass that is under way began. */
export function isOfEarlierPass(repeat: Repeat | undefined, scheduledAtMs: number, pass: number | undefined): boolean {
  return (passOf(repeat, scheduledAtMs) ?? 1) > (pass ?? 1);
}

/**
 * Up to where missed occurrences count as run, because an earlier pass has given them an outcome. When the clock was
 * set back by much, that holds only once it has come to where it was: until then, the earlier time may have been the
 * wrong one.
 */
export function countsAsRunUntilMs(repeat: Repeat | undefined, nowMs: number): number {
  if (repeat === undefined || repeat.isWanted === true) return Number.NEGATIVE_INFINITY;
  return Math.max(repeat.ranUntilMs ?? Number.NEGATIVE_INFINITY, nowMs >= repeat.untilMs ? repeat.untilMs : -Infinity);
}

/** The pass of an occurrence whose claim of an earlier pass may still be held, so that it needs one of its own. */
export function claimedPass(
  repeat: Repeat | undefined,
  { scheduledAtMs, pass }: { readonly scheduledAtMs: number; readonly pass?: number },
): number | undefined {
  if (repeat?.isWanted === true) return pass;
  return scheduledAtMs <= (repeat?.ranUntilMs ?? Number.NEGATIVE_INFINITY) ? pass : undefined;
}
