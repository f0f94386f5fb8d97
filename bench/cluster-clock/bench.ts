import { setTimeout as sleep } from 'node:timers/promises';
import { openPostgresLocking } from '../../src/backends/postgres/postgres-locking.ts';
import { openPostgresStore } from '../../src/backends/postgres/postgres-store.ts';
import { openRedisLocking } from '../../src/backends/redis/redis-locking.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type { Clock } from '../../src/supervisor/ports/clock.ts';
import { PostgresServer } from '../../test/support/servers/postgres-server.ts';
import { RedisServer } from '../../test/support/servers/redis-server.ts';
import type { Benchmark } from '../bench.ts';
import { type Distribution, distribution, rounded } from '../distribution.ts';
import { type WatchedClock, watchLocks, watchStore } from './watched-clock.ts';

const SAMPLE_MS = 20;
/** What counts as having followed a step. */
const FOLLOWED_MS = 2;

interface Exactness {
  readonly backend: string;
  /** By how much the node's time is off from the server's, which is this machine's, in milliseconds. */
  readonly errorMs: Distribution;
  /** What the node says of that: `stats().cluster.clockErrorMs`. */
  readonly saysMs: Distribution;
  /** Seconds until a step of the server's clock was followed. */
  readonly followedAfterS: number;
}

/** How exactly nodes know the clock of a backend on the same machine, and how long they take to follow a step of it. */
export const clusterClockBenchmark: Benchmark = {
  name: 'cluster-clock',
  summary: 'how exactly a node knows the clock of Postgres and Redis on loopback, and how fast it follows a step',
  run: async ({ isQuick }) => {
    const settings = isQuick ? { seconds: 5, stepMs: 300 } : { seconds: 30, stepMs: 4_900 };
    const rows: Exactness[] = [];
    const postgres = await PostgresServer.start();
    const redis = await RedisServer.start();
    try {
      const machine = new SystemClock();
      const { connectionString } = postgres;
      const store = await openPostgresStore({ connectionString }, machine);
      rows.push(await measure('postgres store', settings, { machine, watched: await watchStore(machine, store) }));
      const ofPostgres = await openPostgresLocking({ connectionString }, machine);
      rows.push(await measure('postgres locks', settings, { machine, watched: await watchLocks(machine, ofPostgres) }));
      const ofRedis = await openRedisLocking({ url: redis.url }, machine);
      rows.push(await measure('redis locks', settings, { machine, watched: await watchLocks(machine, ofRedis) }));
    } finally {
      await postgres.stop();
      await redis.stop();
    }
    return {
      parameters: { ...settings, sampleMs: SAMPLE_MS, followedMs: FOLLOWED_MS },
      figures: rows,
      tables: [
        {
          title: `error in ms, and seconds until a step of ${settings.stepMs} ms was followed`,
          columns: ['', 'p50', 'p99', 'max', 'says at most', 'step followed after s'],
          rows: rows.map(({ backend, errorMs, saysMs, followedAfterS }) => [
            backend,
            ...[errorMs.p50, errorMs.p99, errorMs.max, saysMs.max].map((ms) => ms.toFixed(3)),
            followedAfterS.toFixed(1),
          ]),
        },
      ],
    };
  },
};

async function measure(
  backend: string,
  { seconds, stepMs }: { readonly seconds: number; readonly stepMs: number },
  { machine, watched }: { readonly machine: SystemClock; readonly watched: WatchedClock },
): Promise<Exactness> {
  const { clock } = watched;
  // Offsets, not times: this process may be interrupted between two readings.
  const errorMs = (): number => Math.abs(offsetOf(clock) - offsetOf(machine) - watched.setByMs);
  const errors: number[] = [];
  const says: number[] = [];
  for (let sample = 0; sample < (seconds * 1_000) / SAMPLE_MS; sample += 1) {
    await sleep(SAMPLE_MS);
    errors.push(errorMs());
    says.push(clock.errorMs ?? Number.NaN);
  }
  watched.setByMs = stepMs;
  const setAtMs = machine.monotonicMs();
  while (errorMs() > FOLLOWED_MS) await sleep(SAMPLE_MS);
  const followedAfterS = rounded((machine.monotonicMs() - setAtMs) / 1_000);
  await watched.close();
  return { backend, errorMs: distribution(errors), saysMs: distribution(says), followedAfterS };
}

/** How far its wall time is ahead of monotonic time. */
function offsetOf(clock: Pick<Clock, 'read'>): number {
  const { wallMs, monotonicMs } = clock.read();
  return wallMs - monotonicMs;
}
