/** The schedules of a life, and what an auditor has to know of each. */
import type { MissedRunPolicy, Schedule } from '../../../src/plugin.ts';

/** A schedule of a life. It falls due at the multiples of its period since the epoch, each so long after it. */
export interface LifeSchedule {
  readonly key: string;
  readonly periodMs: number;
  readonly phaseMs: number;
  /** Its expression does not fall due again in a repeated hour. */
  readonly isFixedTime: boolean;
  readonly policy: MissedRunPolicy;
}

const POLICIES = ['skip', 'run-once', 'run-all'] as const;
/** Each has several occurrences in every minute. The last one names its hours and minutes, so it is a fixed time. */
const EXPRESSIONS = [
  { id: 'interval', cron: '2s', periodMs: 2_000, phaseMs: 0, isFixedTime: false },
  { id: 'wildcard', cron: '*/3 * * * * *', periodMs: 3_000, phaseMs: 0, isFixedTime: false },
  { id: 'fixed', cron: '*/4 0-59 0-23 * * *', periodMs: 4_000, phaseMs: 0, isFixedTime: true },
] as const;

export const SCHEDULES = EXPRESSIONS.flatMap(({ id, cron, ...times }) =>
  POLICIES.map((policy) => ({
    schedule: { id: `${id}-${policy}`, cron, missedRunPolicy: policy, maxCatchup: 10 } satisfies Schedule,
    expected: { key: `p/${id}-${policy}`, policy, ...times } satisfies LifeSchedule,
  })),
);
