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

/** A lock backend failed, whether a run waits for it or not. */
export function lockBackendFailed(name: string | null, { key, error }: LockFailure): SchedulerWarning {
  const where = key === null ? '' : ` for "${key}"`;
  const message = `Lock backend "${name}" failed${where}: ${errorRecord(error).message}`;
  return { code: 'lock-backend-failed', message, ...(key !== null && { key }) };
}
