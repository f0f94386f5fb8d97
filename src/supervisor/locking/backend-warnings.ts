import { errorRecord } from '../../wire/error-record.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { ScheduleDefinition } from '../schedules/definition.ts';

export interface LockFailure {
  /** The key of the schedule or the claim; null if it was about no lock. */
  readonly key: string | null;
  readonly error: unknown;
}

/** Several nodes are declared and nothing makes them agree. Empty when no schedule needs agreement. */
export function missingBackend(definitions: readonly ScheduleDefinition[]): SchedulerWarning[] {
  const keys = definitions.filter(({ locking }) => locking === 'require-global').map(({ key }) => key);
  if (keys.length === 0) return [];
  const message = `Several nodes are declared and no lock backend is configured: each of them will run ${keys.join(', ')}.`;
  return [{ code: 'no-lock-backend', message }];
}

/** How many schedules a warning names. */
const MOST_NAMED = 10;

/**
 * A warning if some schedules use `@every` and the nodes share locks but no store. Each node then counts from the moment
 * when it first knew such a schedule, so the occurrences differ from node to node, and no lock keeps two nodes apart.
 */
export function countedApart(definitions: readonly ScheduleDefinition[]): SchedulerWarning[] {
  const apart = definitions.filter(
    ({ locking, times }) => locking !== 'node-local' && /^\s*@every\b/i.test(times.cron),
  );
  if (apart.length === 0) return [];
  const named = apart.slice(0, MOST_NAMED).map(({ key }) => `"${key}"`);
  const rest = apart.length > MOST_NAMED ? ` and ${apart.length - MOST_NAMED} more` : '';
  const message = `Each node counts @every from when it first knew the schedule, and these nodes share locks but no store: each of them runs ${named.join(', ')}${rest} at times of its own. Write an interval such as "5m", which all nodes count from the same instant, or share a store.`;
  return [{ code: 'counted-apart', message }];
}

/** A lock backend failed, whether a run waits for it or not. */
export function lockBackendFailed(name: string | null, { key, error }: LockFailure): SchedulerWarning {
  const where = key === null ? '' : ` for "${key}"`;
  const message = `Lock backend "${name}" failed${where}: ${errorRecord(error).message}`;
  return { code: 'lock-backend-failed', message, ...(key !== null && { key }) };
}
