/** Options that the store and the lock backend on Postgres have in common. */
import * as v from 'valibot';

const URL_RULE = 'a URL such as postgres://user:password@host:port/database';
const SCHEMA_RULE = '1 to 63 letters, digits and underscores';

export const connectionString = v.pipe(v.string(URL_RULE), v.regex(/^postgres(ql)?:\/\//, URL_RULE));

/** The schema that holds the tables. */
export const schemaName = v.optional(
  v.pipe(v.string(SCHEMA_RULE), v.regex(/^[A-Za-z0-9_]{1,63}$/, SCHEMA_RULE)),
  'escapement',
);
