import * as v from 'valibot';
import { checkedOptions, count, duration, RETENTION_RULE } from '../options/backend-options.ts';
import { mustBeOnePlace, postgresEntries } from './postgres-options.ts';

/** A node that does not hear others shows signs of life twice a second, and an answer may take a moment. */
const NODE_TTL_RULE = 'a number of milliseconds from 2,000 on';
const nodeTtl = v.pipe(v.number(NODE_TTL_RULE), v.minValue(2_000, NODE_TTL_RULE));

const schema = v.strictObject({
  ...postgresEntries,
  retention: v.optional(
    v.strictObject(
      { maxRuns: v.optional(count, 100_000), maxAgeMs: v.optional(duration, 30 * 86_400_000) },
      RETENTION_RULE,
    ),
    {},
  ),
  nodeTtlMs: v.optional(nodeTtl, 15_000),
});

export type PostgresStoreOptions = v.InferOutput<typeof schema>;

/** Checks the options of `postgresStore()` and fills in the defaults. @throws BackendError */
export function postgresStoreOptions(options: Readonly<Record<string, unknown>>): PostgresStoreOptions {
  const checked = checkedOptions('postgres', schema, options);
  mustBeOnePlace(checked);
  return checked;
}
