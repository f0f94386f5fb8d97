/** Options that the store and the lock backend on Postgres have in common. */
import * as v from 'valibot';
import { BackendError } from '../../errors.ts';
import { count, userModule } from '../options/backend-options.ts';
import type { DatabasePlace } from './connection/database-place.ts';
import { isForWrites } from './connection/host-urls.ts';

const URL_RULE = 'a URL such as postgres://user:password@host:port/database';
const WRITES_RULE =
  'a URL without target_session_attrs, or with read-write, primary or any: the database is written to';
const SCHEMA_RULE = '1 to 63 letters, digits and underscores';

const connectionString = v.pipe(
  v.string(URL_RULE),
  v.regex(/^postgres(ql)?:\/\//, URL_RULE),
  v.check(isForWrites, WRITES_RULE),
);

/** The schema that holds the tables. */
const schemaName = v.optional(
  v.pipe(v.string(SCHEMA_RULE), v.regex(/^[A-Za-z0-9_]{1,63}$/, SCHEMA_RULE)),
  'escapement',
);

/** Where the tables are. */
export const postgresEntries = {
  connectionString: v.optional(connectionString),
  pool: v.optional(userModule),
  credentials: v.optional(userModule),
  schema: schemaName,
  maxConnections: v.optional(count, 2),
};

/** Checks what no option shows alone. @throws BackendError */
export function mustBeOnePlace({ connectionString: url, pool, credentials }: DatabasePlace): void {
  const problem = problemOf(url !== undefined, pool !== undefined, credentials !== undefined);
  if (problem !== null) throw new BackendError('postgres', problem);
}

function problemOf(hasUrl: boolean, hasPool: boolean, hasCredentials: boolean): string | null {
  if (hasUrl && hasPool) return 'only one of the options connectionString and pool may be given';
  if (!hasUrl && !hasPool) return 'one of the options connectionString and pool is missing';
  if (hasPool && hasCredentials) return 'option credentials is only for a connectionString: a pool has its own';
  return null;
}
