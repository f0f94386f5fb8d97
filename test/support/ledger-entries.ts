import type { Decision, PlanBasis, RunRecord } from '../../src/machines/run.ts';
import type {
  Claim,
  DeclaredTimes,
  Registration,
  ScheduleEntry,
  SettledRun,
} from '../../src/machines/schedule-entries.ts';

export const KEY = 'reports/nightly';

export const DECLARED: DeclaredTimes = {
  cron: '1s',
  timezone: 'UTC',
  jitterMs: 0,
  missedRunPolicy: 'run-once',
  isEnabled: true,
  zoneData: '2026a',
};

/** A schedule that is seen for the first time at `atMs`, unless `own` says otherwise. */
export function registrationOf(atMs: number, own: Partial<Registration> = {}): Registration {
  return { key: KEY, atMs, cursorMs: atMs, declared: DECLARED, ...own };
}

/** A run that succeeded, unless `own` says otherwise. */
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

export function registered(atMs: number, own: Partial<Registration> = {}): ScheduleEntry {
  return { kind: 'registered', registration: registrationOf(atMs, own) };
}

export function claimed(draft: RunRecord, basis?: PlanBasis): ScheduleEntry {
  return { kind: 'claimed', claim: { ...claimOf(draft), ...(basis && { basis }) } };
}

/** The end of a run that logged nothing and need not be made good, unless `own` says otherwise. */
export function settled(record: RunRecord, own: Partial<SettledRun> = {}): ScheduleEntry {
  return { kind: 'settled', settled: { record, log: [], isOwed: false, ...own } };
}

export function decided(decision: Decision, basis?: PlanBasis): ScheduleEntry {
  return { kind: 'decided', decision, ...(basis && { basis }) };
}

export function moved(cursorMs: number): ScheduleEntry {
  return { kind: 'moved', key: KEY, cursorMs };
}
