import { BackendError } from '../../../errors.ts';

/** How long a connection may be silent before the system asks whether the other side is still there. */
export const KEEP_ALIVE_MS = 10_000;

/**
 * Loads `pg`.
 * @throws {BackendError} It is not installed.
 */
export async function loadDriver(): Promise<typeof import('pg')> {
  try {
    return await import('pg');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new BackendError('postgres', 'the package "pg" is not installed: npm install pg', { cause: error });
  }
}
