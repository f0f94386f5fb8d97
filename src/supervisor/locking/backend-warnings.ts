import { errorRecord } from '../../wire/error-record.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { ScheduleDefinition } from '../schedules/definition.ts';

/** Several nodes are declared and nothing makes them agree. Empty when no schedule needs agreement. */
export function missingBackend(definitions: readonly ScheduleDefinition[]): SchedulerWarning[] {
  const keys = definitions.filter(({ locking }) => locking === 'require-global').map(({ key }) => key);
  if (keys.length === 0) return [];
  const message = `Several nodes are declared and no lock backend is configured: each of them will run ${keys.join(', ')}.`;
  return [{ code: 'no-lock-backend', message }];
}

/** A lock could not be taken or given back, and nothing waits for that. */
export function lockBackendFailed(key: string, error: unknown): SchedulerWarning {
  const message = `The lock backend failed for "${key}": ${errorRecord(error).message}`;
  return { code: 'lock-backend-failed', message, key };
}
