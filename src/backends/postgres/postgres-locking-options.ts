import * as v from 'valibot';
import { BackendError } from '../../errors.ts';

const URL_RULE = 'accepted is a URL as postgres://user:password@host:port/database';
const SCHEMA_RULE = 'accepted are 1 to 63 letters, digits and underscores';
const COUNT_RULE = 'accepted is a whole number above 0';

const schema = v.strictObject({
  connectionString: v.pipe(v.string(URL_RULE), v.regex(/^postgres(ql)?:\/\//, URL_RULE)),
  schema: v.optional(v.pipe(v.string(SCHEMA_RULE), v.regex(/^[A-Za-z0-9_]{1,63}$/, SCHEMA_RULE)), 'escapement'),
  maxConnections: v.optional(v.pipe(v.number(COUNT_RULE), v.integer(COUNT_RULE), v.minValue(1, COUNT_RULE)), 2),
});

export type PostgresLockingOptions = v.InferOutput<typeof schema>;

/** Checks what `postgresLocking()` was given and fills in the defaults. Throws a `BackendError` that names the wrong option. */
export function postgresLockingOptions(options: Readonly<Record<string, unknown>>): PostgresLockingOptions {
  const result = v.safeParse(schema, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BackendError('postgres', `option ${v.getDotPath(issue) ?? '?'}: ${issue.message}`);
}
