import type { Clock } from '../clock.ts';
import { openPostgresBackend } from '../postgres/postgres-backend.ts';
import { SharedStore } from '../shared/shared-store.ts';
import type { StateStore } from '../store.ts';
import { postgresStoreOptions } from './postgres-store-options.ts';

/** Builds the store of `postgresStore()`. Rejects with a `BackendError`. */
export async function openPostgresStore(options: Readonly<Record<string, unknown>>, clock: Clock): Promise<StateStore> {
  const { nodeTtlMs, ...backend } = postgresStoreOptions(options);
  return new SharedStore(await openPostgresBackend(backend, clock), clock, { nodeTtlMs });
}
