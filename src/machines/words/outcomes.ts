/** How a run ended. Every occurrence that fell due ends in exactly one of these or of `SKIP_OUTCOMES`. */
export const RUN_OUTCOMES = [
  'succeeded',
  'failed',
  'timed-out',
  'over-budget',
  'out-of-memory',
  'crashed',
  'aborted',
  'lock-lost',
  'lost',
] as const;

/** Outcomes of occurrences for which no run was started. */
export const SKIP_OUTCOMES = ['overlap', 'contended', 'lock-error', 'missed-skipped', 'pool-full'] as const;

/** How a run ended. */
export type RunOutcome = (typeof RUN_OUTCOMES)[number];
/** Why an occurrence did not run. */
export type SkipOutcome = (typeof SKIP_OUTCOMES)[number];
/** How an occurrence ended. */
export type Outcome = RunOutcome | SkipOutcome;

/** Outcomes that are the plugin's own failure, and count towards `pauseAfterFailures`. */
export const FAILURES: ReadonlySet<Outcome> = new Set([
  'failed',
  'timed-out',
  'over-budget',
  'out-of-memory',
  'crashed',
] as const);

/** Outcomes of occurrences for which a run was started. */
export const RAN: ReadonlySet<Outcome> = new Set(RUN_OUTCOMES);
