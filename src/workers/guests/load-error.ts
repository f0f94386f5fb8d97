import { PluginLoadError } from '../../errors.ts';
import { errorFromRecord, errorRecord } from '../../wire/error-record.ts';
import { importFailure } from '../../wire/failures/import-failure.ts';
import { thrownReason } from '../../wire/failures/thrown-reason.ts';
import type { PluginSource } from '../protocol.ts';

/** A plugin cannot be loaded because of what was thrown. `what` is a clause: `its factory failed`. */
export function loadError({ module }: Pick<PluginSource, 'module'>, what: string, thrown: unknown): PluginLoadError {
  return new PluginLoadError(module, thrownReason(what, thrown), { cause: errorFromRecord(errorRecord(thrown)) });
}

/** A plugin's module cannot be imported. */
export function importError({ module, resolveFrom }: PluginSource, thrown: unknown): PluginLoadError {
  const reason = importFailure(thrown, { module, from: resolveFrom });
  return new PluginLoadError(module, reason, { cause: errorFromRecord(errorRecord(thrown)) });
}
