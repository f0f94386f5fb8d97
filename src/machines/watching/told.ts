/** What is wrong with a schedule, as far as somebody was told. */
export interface Told {
  /** It was told that the schedule fails. */
  readonly isFailing: boolean;
  /** It was told that the schedule is silent. */
  readonly isSilent: boolean;
}

/** What is wrong by either of them. */
export function eitherTold(a: Told, b: Told): Told {
  return { isFailing: a.isFailing || b.isFailing, isSilent: a.isSilent || b.isSilent };
}

export function isSameTold(a: Told, b: Told): boolean {
  return a.isFailing === b.isFailing && a.isSilent === b.isSilent;
}

export const NOTHING_TOLD: Told = Object.freeze({ isFailing: false, isSilent: false });
