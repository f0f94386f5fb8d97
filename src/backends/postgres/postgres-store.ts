import type { Clock } from '../../supervisor/ports/clock.ts';
import type { StateStore } from '../../supervisor/ports/store.ts';
import { SharedStore } from '../shared-store/shared-store.ts';
import { openPostgresBackend } from './postgres-backend.ts';
import { postgresStoreOptions } from './postgres-store-options.ts';

/** Builds the store of `postgresStore()`. Rejects with a `BackendError`. */
export async function openPostgresStore(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
  nodeId?: string,
): Promise<StateStore> {
  const { nodeTtlMs, ...backend } = postgresStoreOptions(options);
  return new SharedStore(await openPostgresBackend({ ...backend, nodeId }, clock), clock, { nodeTtlMs });
}
