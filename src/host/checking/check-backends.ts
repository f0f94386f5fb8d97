/**
 * What the functions that describe a backend take. Here it is only checked that each option exists and has the right
 * type, so that a mistake shows where it was made. The backend itself says, when it is built, whether a value can work.
 */
import * as v from 'valibot';
import { checked, choice, json, objectOf, text, whole } from './option-rules.ts';

const MAX_LENGTH = 4_096;
const NUMBER = 'a number';

const MAX_PEM_LENGTH = 1_048_576;
const REDIS_URLS = 'a list of at least one URL such as redis://user:password@host:port';
const REDIS_PLACE = 'an object with one of url, cluster, sentinel, client, and only one of them';
const POSTGRES_PLACE = 'an object with one of connectionString, pool, and only one of them';

const path = text('the path of a file, such as "escapement.db",', MAX_LENGTH);
const connectionString = text('a string such as postgres://user:password@host:port/database', MAX_LENGTH);
const number = v.number(NUMBER);
const retention = v.optional(objectOf({ maxRuns: v.optional(number), maxAgeMs: v.optional(number) }));
const module = text('a path, a file: URL or a package,', MAX_LENGTH);
/** An export of a module. */
const exported = v.optional(
  objectOf({
    module: v.pipe(
      v.unknown(),
      v.transform((given) => (given instanceof URL ? given.href : given)),
      module,
    ),
    export: v.optional(text('the name of an export', MAX_LENGTH)),
    options: v.optional(v.pipe(v.unknown(), json())),
  }),
);
const postgres = {
  connectionString: v.optional(connectionString),
  pool: exported,
  credentials: exported,
  schema: v.optional(text('the name of a schema', 63)),
  maxConnections: v.optional(number),
};

const pem = text('text in the format PEM', MAX_PEM_LENGTH);
const redisUrls = v.pipe(
  v.array(text('a URL such as redis://user:password@host:port', MAX_LENGTH), REDIS_URLS),
  v.minLength(1, REDIS_URLS),
);

const BACKENDS = {
  memoryStore: objectOf({ maxRecords: v.optional(whole(1, 10_000_000)) }),
  sqliteStore: objectOf({ path, durability: v.optional(choice(['relaxed', 'strict'])), retention }),
  postgresStore: v.pipe(
    objectOf({ ...postgres, retention, nodeTtlMs: v.optional(number) }),
    v.check(({ connectionString: url, pool }) => isOne(url, pool), POSTGRES_PLACE),
  ),
  sqliteLocking: objectOf({ path }),
  redisLocking: v.pipe(
    objectOf({
      url: v.optional(text('a URL such as redis://user:password@host:port/database', MAX_LENGTH)),
      cluster: v.optional(redisUrls),
      client: exported,
      credentials: exported,
      sentinel: v.optional(
        objectOf({
          name: text('what the sentinels call the master', MAX_LENGTH),
          urls: redisUrls,
          username: v.optional(text('a name', MAX_LENGTH)),
          password: v.optional(text('a password', MAX_LENGTH)),
          database: v.optional(number),
        }),
      ),
      tls: v.optional(
        objectOf({
          ca: v.optional(pem),
          cert: v.optional(pem),
          key: v.optional(pem),
          rejectUnauthorized: v.optional(v.boolean('true or false')),
          servername: v.optional(text('the name of a host', MAX_LENGTH)),
        }),
      ),
      prefix: v.optional(text('a prefix', 100)),
      driver: v.optional(choice(['redis', 'ioredis'])),
    }),
    v.check(({ url, cluster, sentinel, client }) => isOne(url, cluster, sentinel, client), REDIS_PLACE),
  ),
  postgresLocking: v.pipe(
    objectOf(postgres),
    v.check(({ connectionString: url, pool }) => isOne(url, pool), POSTGRES_PLACE),
  ),
};

/** @throws InvalidOptionError that names the option, as `sqliteStore.path`. */
export function checkBackend<K extends keyof typeof BACKENDS>(
  name: K,
  options: unknown,
): v.InferOutput<(typeof BACKENDS)[K]> {
  return checked(BACKENDS[name], options, name, true);
}

function isOne(...options: readonly unknown[]): boolean {
  return options.filter((option) => option !== undefined).length === 1;
}
