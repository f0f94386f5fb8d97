import * as v from 'valibot';
import { BackendError } from '../../errors.ts';
import { checkedOptions, userModule } from '../options/backend-options.ts';
import { isSocketUrl } from './redis-urls.ts';

const NODE_RULE = 'a URL such as redis://user:password@host:port, or rediss://… for TLS';
const URL_RULE =
  'a URL such as redis://user:password@host:port/database, rediss://… for TLS, or unix:///path/of/redis.sock';
const CLUSTER_RULE = 'a list of URLs of nodes of the cluster, at least one';
const SENTINEL_RULE = 'an object with name, urls and optionally username, password, database';
const SENTINEL_URLS_RULE = 'a list of URLs of sentinels, at least one';
const NAME_RULE = 'the name that the sentinels have for the master, such as "mymaster"';
const DATABASE_RULE = 'a whole number from 0';
const TLS_RULE = 'an object with any of ca, cert, key, rejectUnauthorized, servername';
const PEM_RULE = 'text in the format PEM';
// Braces in a key choose the slot of a Redis cluster; redis-script.ts sets its own.
const PREFIX_RULE = '1 to 100 characters without spaces, braces and half a surrogate pair';

const isNetworkUrl = (url: string): boolean => /^rediss?:\/\/./.test(url) && URL.canParse(url);
const text = (rule: string) => v.pipe(v.string(rule), v.minLength(1, rule));
const nodeUrl = v.pipe(v.string(NODE_RULE), v.check(isNetworkUrl, NODE_RULE));
const nodeUrls = (rule: string) => v.pipe(v.array(nodeUrl, rule), v.minLength(1, rule));

const schema = v.strictObject({
  url: v.optional(
    v.pipe(
      v.string(URL_RULE),
      v.check((url) => isNetworkUrl(url) || isSocketUrl(url), URL_RULE),
    ),
  ),
  cluster: v.optional(nodeUrls(CLUSTER_RULE)),
  sentinel: v.optional(
    v.strictObject(
      {
        name: text(NAME_RULE),
        urls: nodeUrls(SENTINEL_URLS_RULE),
        username: v.optional(text('a name')),
        password: v.optional(text('a password')),
        database: v.optional(v.pipe(v.number(DATABASE_RULE), v.integer(DATABASE_RULE), v.minValue(0, DATABASE_RULE))),
      },
      SENTINEL_RULE,
    ),
  ),
  client: v.optional(userModule),
  credentials: v.optional(userModule),
  tls: v.optional(
    v.strictObject(
      {
        ca: v.optional(text(PEM_RULE)),
        cert: v.optional(text(PEM_RULE)),
        key: v.optional(text(PEM_RULE)),
        rejectUnauthorized: v.optional(v.boolean('true or false')),
        servername: v.optional(text('the name of a host')),
      },
      TLS_RULE,
    ),
  ),
  prefix: v.optional(v.pipe(v.string(PREFIX_RULE), v.regex(/^[^\s{}\p{Cs}]{1,100}$/u, PREFIX_RULE)), 'escapement'),
  driver: v.optional(v.picklist(['redis', 'ioredis'], '"redis" or "ioredis"')),
});

export type RedisOptions = v.InferOutput<typeof schema>;
export type TlsOptions = NonNullable<RedisOptions['tls']>;
export type SentinelOptions = NonNullable<RedisOptions['sentinel']>;

/** Checks the options of `redisLocking()` and fills in the defaults. @throws BackendError */
export function redisOptions(options: Readonly<Record<string, unknown>>): RedisOptions {
  const checked = checkedOptions('redis', schema, options);
  const problem = problemOf(checked);
  if (problem !== null) throw new BackendError('redis', problem);
  return checked;
}

/** What no option shows alone; null if they fit together. */
function problemOf(options: RedisOptions): string | null {
  const { url, cluster, sentinel, client, tls } = options;
  const given = Object.entries({ url, cluster, sentinel, client }).flatMap(([name, value]) => (value ? [name] : []));
  if (given.length === 0) return 'one of the options url, cluster, sentinel and client is missing';
  if (given.length > 1) return `only one of the options ${given.join(' and ')} may be given`;
  if (client !== undefined) return problemBeside(options);
  if (cluster?.some(hasDatabase) === true) {
    return 'a Redis Cluster has only the database 0: remove the database from the URLs of option cluster';
  }
  if (sentinel?.urls.some(hasDatabase) === true) {
    return 'a sentinel has no databases: use option sentinel.database, and remove it from the URLs';
  }
  const urls = [...(url === undefined ? [] : [url]), ...(cluster ?? []), ...(sentinel?.urls ?? [])];
  if (tls !== undefined && !urls.every((each) => each.startsWith('rediss:'))) {
    return 'option tls is only for URLs that begin with rediss://';
  }
  return null;
}

/** What a client has of its own. */
function problemBeside({ tls, driver, credentials }: RedisOptions): string | null {
  const [name] = Object.entries({ tls, driver, credentials }).find(([, value]) => value !== undefined) ?? [];
  return name === undefined ? null : `option ${name} is not for option client: the client has its own`;
}

function hasDatabase(url: string): boolean {
  return !['', '/', '/0'].includes(new URL(url).pathname);
}
