import type { ErrorRecord } from '../../machines/run.ts';

/** A `cleanup()` that has failed, and the id of the plugin that it is of. */
export interface CleanupFailure {
  readonly sourceId: string;
  readonly error: ErrorRecord;
}
