import * as v from 'valibot';
import { checkedOptions, count, finiteDuration, RETENTION_RULE } from '../options/backend-options.ts';
import type { StoreOptions } from './store-thread/protocol.ts';

const PATH_RULE = 'the path of a file';

const schema = v.strictObject({
  path: v.pipe(v.string(PATH_RULE), v.minLength(1, PATH_RULE)),
  durability: v.optional(v.picklist(['relaxed', 'strict'], '"relaxed" or "strict"'), 'relaxed'),
  retention: v.optional(
    v.strictObject(
      { maxRuns: v.optional(count, 100_000), maxAgeMs: v.optional(finiteDuration, 30 * 86_400_000) },
      RETENTION_RULE,
    ),
    {},
  ),
});

/** Checks the options of `sqliteStore()` and fills in the defaults. @throws BackendError */
export function sqliteOptions(options: Readonly<Record<string, unknown>>): StoreOptions {
  return checkedOptions('sqlite', schema, options);
}
