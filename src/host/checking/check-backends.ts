/**
 * What the functions that describe a backend take. Here it is only checked that each option exists and has the right
 * type, so that a mistake shows where it was made. The backend itself says, when it is built, whether a value can work.
 */
import type { InferOutput } from 'valibot';
import { checked, choice, json, objectOf, text, whole } from './option-rules.ts';
import { valibot } from './valibot.ts';

const MAX_LENGTH = 4_096;
const MAX_PEM_LENGTH = 1_048_576;
const REDIS_URLS = 'a list of at least one URL such as redis://user:password@host:port';
const SQLITE_PLACE = 'an object such as { path: "escapement.db" }';
const REDIS_PLACE = 'an object with exactly one of url, cluster, sentinel and client';
const POSTGRES_PLACE = 'an object with either connectionString or pool';

// Rules are made for each check: a process describes a backend once or twice.

const RULES = {
  memoryStore: () => objectOf({ maxRecords: valibot().optional(whole(1, 10_000_000)) }),
  sqliteStore: () =>
    objectOf(
      { path: path(), durability: valibot().optional(choice(['relaxed', 'strict'])), retention: retention() },
      SQLITE_PLACE,
    ),
  sqliteLocking: () => objectOf({ path: path() }, SQLITE_PLACE),
  postgresStore: () => {
    const v = valibot();
    return v.pipe(
      objectOf({ ...postgres(), retention: retention(), nodeTtlMs: v.optional(number()) }, POSTGRES_PLACE),
      v.check(({ connectionString, pool }) => isOne(connectionString, pool), POSTGRES_PLACE),
    );
  },
  postgresLocking: () => {
    const v = valibot();
    return v.pipe(
      objectOf(postgres(), POSTGRES_PLACE),
      v.check(({ connectionString, pool }) => isOne(connectionString, pool), POSTGRES_PLACE),
    );
  },
  redisLocking: () => {
    const v = valibot();
    return v.pipe(
      objectOf(
        {
          url: v.optional(text('a URL such as redis://user:password@host:port/database', MAX_LENGTH)),
          cluster: v.optional(redisUrls()),
          client: exported(),
          credentials: exported(),
          sentinel: sentinel(),
          tls: tls(),
          prefix: v.optional(text('a prefix', 100)),
          driver: v.optional(choice(['redis', 'ioredis'])),
        },
        REDIS_PLACE,
      ),
      v.check(({ url, cluster, sentinel: place, client }) => isOne(url, cluster, place, client), REDIS_PLACE),
    );
  },
};

type Rules = typeof RULES;

/** @throws InvalidOptionError that names the option, as `sqliteStore.path`. */
export function checkBackend<K extends keyof Rules>(name: K, options: unknown): InferOutput<ReturnType<Rules[K]>> {
  return checked(RULES[name]() as ReturnType<Rules[K]>, options, name, true);
}

/** What SQLite and shells read otherwise would become the name of a file here. */
function path() {
  const v = valibot();
  return v.pipe(
    text('the path of a file, such as "escapement.db",', MAX_LENGTH),
    v.check((given) => given !== ':memory:', 'is a database in memory: it must be the path of a file'),
    v.check((given) => !/^(?:file|sqlite3?):/i.test(given), 'is a URI: it must be the path of a file'),
    v.check((given) => !/^~(?:\/|$)/.test(given), 'is in "~", which only shells know: it must be the path of a file'),
  );
}

function number() {
  return valibot().number('a number');
}

function retention() {
  const v = valibot();
  return v.optional(objectOf({ maxRuns: v.optional(number()), maxAgeMs: v.optional(number()) }));
}

/** An export of a module. */
function exported() {
  const v = valibot();
  return v.optional(
    objectOf({
      module: v.pipe(
        v.unknown(),
        v.transform((given) => (given instanceof URL ? given.href : given)),
        text('a path, a file: URL or a package,', MAX_LENGTH),
      ),
      export: v.optional(text('the name of an export', MAX_LENGTH)),
      options: v.optional(v.pipe(v.unknown(), json())),
    }),
  );
}

function postgres() {
  const v = valibot();
  return {
    connectionString: v.optional(text('a string such as postgres://user:password@host:port/database', MAX_LENGTH)),
    pool: exported(),
    credentials: exported(),
    schema: v.optional(text('the name of a schema', 63)),
    maxConnections: v.optional(number()),
  };
}

function redisUrls() {
  const v = valibot();
  return v.pipe(
    v.array(text('a URL such as redis://user:password@host:port', MAX_LENGTH), REDIS_URLS),
    v.minLength(1, REDIS_URLS),
  );
}

function sentinel() {
  const v = valibot();
  return v.optional(
    objectOf({
      name: text('what the sentinels call the master', MAX_LENGTH),
      urls: redisUrls(),
      username: v.optional(text('a name', MAX_LENGTH)),
      password: v.optional(text('a password', MAX_LENGTH)),
      database: v.optional(number()),
    }),
  );
}

function tls() {
  const v = valibot();
  const pem = text('text in the format PEM', MAX_PEM_LENGTH);
  return v.optional(
    objectOf({
      ca: v.optional(pem),
      cert: v.optional(pem),
      key: v.optional(pem),
      rejectUnauthorized: v.optional(v.boolean('true or false')),
      servername: v.optional(text('the name of a host', MAX_LENGTH)),
    }),
  );
}

function isOne(...options: readonly unknown[]): boolean {
  return options.filter((option) => option !== undefined).length === 1;
}
