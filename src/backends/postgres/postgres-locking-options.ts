import * as v from 'valibot';
import { checkedOptions, count } from '../options/backend-options.ts';
import { connectionString, schemaName } from './postgres-options.ts';

const schema = v.strictObject({
  connectionString,
  schema: schemaName,
  maxConnections: v.optional(count, 2),
});

export type PostgresLockingOptions = v.InferOutput<typeof schema>;

/** Checks the options of `postgresLocking()` and fills in the defaults. @throws BackendError */
export function postgresLockingOptions(options: Readonly<Record<string, unknown>>): PostgresLockingOptions {
  return checkedOptions('postgres', schema, options);
}
