import type { Decision, RunRecord } from '../../src/machines/run.ts';
import type { Claim, DeclaredTimes, Registration } from '../../src/machines/schedule-state.ts';

export const KEY = 'reports/nightly';

export const DECLARED: DeclaredTimes = {
  cron: '1s',
  timezone: 'UTC',
  jitterMs: 0,
  missedRunPolicy: 'run-once',
  isEnabled: true,
  zoneData: '2026a',
};

/** A schedule that is seen for the first time at `atMs`, unless told otherwise. */
export function registrationOf(atMs: number, own: Partial<Registration> = {}): Registration {
  return { key: KEY, atMs, cursorMs: atMs, declared: DECLARED, ...own };
}

/** A run that succeeded, unless told otherwise. */
export function recordOf(runId: string, scheduledAtMs: number, own: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    key: KEY,
    plugin: 'reports',
    scheduleId: 'nightly',
    nodeId: 'node',
    trigger: 'clock',
    isCatchup: false,
    scheduledAtMs,
    dueAtMs: scheduledAtMs,
    startedAtMs: scheduledAtMs + 1,
    finishedAtMs: scheduledAtMs + 5,
    outcome: 'succeeded',
    lateness: { tickMs: 1, lockMs: 0, queueMs: 0, startMs: 0, totalMs: 1 },
    ...own,
  };
}

export function claimOf(draft: RunRecord): Claim {
  const { runId, key, nodeId } = draft;
  return { key, runId, nodeId, claimedAtMs: draft.scheduledAtMs, draft };
}

export function overlapAt(fromMs: number, own: Partial<Decision> = {}): Decision {
  return { key: KEY, nodeId: 'node', outcome: 'overlap', fromMs, untilMs: fromMs, count: 1, atMs: fromMs, ...own };
}
