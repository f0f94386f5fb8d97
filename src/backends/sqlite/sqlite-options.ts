import * as v from 'valibot';
import { BackendError } from '../../errors.ts';
import type { StoreOptions } from './store-thread/protocol.ts';

const count = (rule: string) => v.pipe(v.number(rule), v.integer(rule), v.minValue(1, rule));
const age = (rule: string) => v.pipe(v.number(rule), v.finite(rule), v.gtValue(0, rule));

const schema = v.strictObject({
  path: v.pipe(v.string('accepted is a path'), v.minLength(1, 'accepted is a path')),
  durability: v.optional(v.picklist(['relaxed', 'strict'], 'accepted are "relaxed" and "strict"'), 'relaxed'),
  retention: v.optional(
    v.strictObject({
      maxRuns: v.optional(count('accepted is a whole number above 0'), 100_000),
      maxAgeMs: v.optional(age('accepted are milliseconds above 0'), 30 * 86_400_000),
    }),
    {},
  ),
});

/** Checks what `sqliteStore()` was given and fills in the defaults. Throws a `BackendError` that names the wrong option. */
export function sqliteOptions(options: Readonly<Record<string, unknown>>): StoreOptions {
  const result = v.safeParse(schema, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BackendError('sqlite', `option ${v.getDotPath(issue) ?? '?'}: ${issue.message}`);
}
