/** What is wrong with a schedule, as far as somebody was told. */
export interface Told {
  readonly isFailing: boolean;
  readonly isSilent: boolean;
}

export const NOTHING_TOLD: Told = Object.freeze({ isFailing: false, isSilent: false });
