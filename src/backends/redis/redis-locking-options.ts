import * as v from 'valibot';
import { checkedOptions } from '../options/backend-options.ts';

const URL_RULE = 'a URL such as redis://user:password@host:port/database, or rediss://… for TLS';
// Braces in a key choose the slot of a Redis cluster; redis-script.ts sets its own.
const PREFIX_RULE = '1 to 100 characters without spaces and braces';

const schema = v.strictObject({
  url: v.pipe(v.string(URL_RULE), v.regex(/^rediss?:\/\/./, URL_RULE), v.check(URL.canParse, URL_RULE)),
  prefix: v.optional(v.pipe(v.string(PREFIX_RULE), v.regex(/^[^\s{}]{1,100}$/, PREFIX_RULE)), 'escapement'),
  driver: v.optional(v.picklist(['redis', 'ioredis'], '"redis" or "ioredis"')),
});

export type RedisOptions = v.InferOutput<typeof schema>;

/** Checks the options of `redisLocking()` and fills in the defaults. @throws BackendError */
export function redisOptions(options: Readonly<Record<string, unknown>>): RedisOptions {
  return checkedOptions('redis', schema, options);
}
