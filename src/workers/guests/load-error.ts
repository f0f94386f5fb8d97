import { PluginLoadError } from '../../errors.ts';
import { errorFromRecord, errorRecord } from '../../wire/error-record.ts';
import type { PluginSource } from '../protocol.ts';

/** A plugin cannot be loaded because of what was thrown. `what` is a clause: `importing it failed`. */
export function loadError({ module }: Pick<PluginSource, 'module'>, what: string, thrown: unknown): PluginLoadError {
  const cause = errorRecord(thrown);
  return new PluginLoadError(module, `${what}: ${cause.name}: ${cause.message}`, { cause: errorFromRecord(cause) });
}
