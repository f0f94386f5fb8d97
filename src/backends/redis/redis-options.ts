import * as v from 'valibot';
import { BackendError } from '../../errors.ts';

const URL_RULE = 'accepted is a URL as redis://user:password@host:port/database, or rediss://… for TLS';
// Braces would name another hash slot, see redis-script.ts.
const PREFIX_RULE = 'accepted are 1 to 100 characters without spaces and braces';
const DRIVER_RULE = 'accepted are "redis" and "ioredis"';

const schema = v.strictObject({
  url: v.pipe(v.string(URL_RULE), v.regex(/^rediss?:\/\/./, URL_RULE), v.check(URL.canParse, URL_RULE)),
  prefix: v.optional(v.pipe(v.string(PREFIX_RULE), v.regex(/^[^\s{}]{1,100}$/, PREFIX_RULE)), 'escapement'),
  driver: v.optional(v.picklist(['redis', 'ioredis'], DRIVER_RULE)),
});

export type RedisOptions = v.InferOutput<typeof schema>;

/** Checks what `redisLocking()` was given and fills in the defaults. Throws a `BackendError` that names the wrong option. */
export function redisOptions(options: Readonly<Record<string, unknown>>): RedisOptions {
  const result = v.safeParse(schema, options);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new BackendError('redis', `option ${v.getDotPath(issue) ?? '?'}: ${issue.message}`);
}
