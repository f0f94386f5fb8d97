/**
 * What the functions that describe a backend take. Here it is only checked that each option exists and has the right
 * type, so that a mistake shows where it was made. The backend itself says, when it is built, whether a value can work.
 */
import * as v from 'valibot';
import { checked, choice, objectOf, text, whole } from './option-rules.ts';

const MAX_LENGTH = 4_096;
const NUMBER = 'a number';

const path = text('the path of a file, such as "escapement.db",', MAX_LENGTH);
const connectionString = text('a string such as postgres://user:password@host:port/database', MAX_LENGTH);
const number = v.number(NUMBER);
const retention = v.optional(objectOf({ maxRuns: v.optional(number), maxAgeMs: v.optional(number) }));
const postgres = {
  connectionString,
  schema: v.optional(text('the name of a schema', 63)),
  maxConnections: v.optional(number),
};

const BACKENDS = {
  memoryStore: objectOf({ maxRecords: v.optional(whole(1, 10_000_000)) }),
  sqliteStore: objectOf({ path, durability: v.optional(choice(['relaxed', 'strict'])), retention }),
  postgresStore: objectOf({ ...postgres, retention, nodeTtlMs: v.optional(number) }),
  sqliteLocking: objectOf({ path }),
  redisLocking: objectOf({
    url: text('a URL such as redis://user:password@host:port/database', MAX_LENGTH),
    prefix: v.optional(text('a prefix', 100)),
    driver: v.optional(choice(['redis', 'ioredis'])),
  }),
  postgresLocking: objectOf(postgres),
};

/** @throws InvalidOptionError that names the option, as `sqliteStore.path`. */
export function checkBackend<K extends keyof typeof BACKENDS>(
  name: K,
  options: unknown,
): v.InferOutput<(typeof BACKENDS)[K]> {
  return checked(BACKENDS[name], options, name, true);
}
