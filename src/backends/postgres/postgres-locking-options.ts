import * as v from 'valibot';
import { checkedOptions } from '../options/backend-options.ts';
import { mustBeOnePlace, postgresEntries } from './postgres-options.ts';

const schema = v.strictObject(postgresEntries);

export type PostgresLockingOptions = v.InferOutput<typeof schema>;

/** Checks the options of `postgresLocking()` and fills in the defaults. @throws BackendError */
export function postgresLockingOptions(options: Readonly<Record<string, unknown>>): PostgresLockingOptions {
  const checked = checkedOptions('postgres', schema, options);
  mustBeOnePlace(checked);
  return checked;
}
