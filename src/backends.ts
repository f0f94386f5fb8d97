/**
 * Backends are described here and built in their own thread: a module with a factory, and plain options for it. A backend
 * of your own is `{ module: './my-locking.js', options: { … } }`, whose default export is `(options) => backend`.
 */
import type { BackendDescription } from './supervisor/protocol.ts';

/** Keeps state and history in memory: they outlive the supervisor thread, but not the process. */
export function memoryStore(
  options: { /** Records kept. Default 10,000. */ readonly maxRecords?: number } = {},
): BackendDescription {
  return { module: 'builtin:memory-store', options };
}

/** Locks between the schedules of one process. */
export function memoryLocking(): BackendDescription {
  return { module: 'builtin:memory-locking', options: {} };
}
