import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StoreService } from '../../src/backends/sqlite/store-thread/store-service.ts';
import { createScheduler, type RunRecord, type Scheduler, sqliteStore } from '../../src/index.ts';
import type { Benchmark } from '../bench.ts';
import { distribution } from '../distribution.ts';

const KEY = 'backlog/behind';
const ON_TIME_SCHEDULES = 10;
const ALONE_MS = 10_000;
const SAMPLES = 10;

/** A schedule works off 100,000 missed occurrences under `run-all`, beside others that should stay on time. */
export const backlogBenchmark: Benchmark = {
  name: 'backlog',
  summary: '100,000 missed occurrences under run-all: memory, pace, and whether other schedules stay on time',
  run: async ({ isQuick }) => {
    const missed = isQuick ? 5_000 : 100_000;
    const folder = mkdtempSync(join(tmpdir(), 'escapement-bench-'));
    const path = join(folder, 'store.db');
    try {
      await fillStore(path, missed);
      return report(missed, await workOff(path, missed));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

interface Worked {
  readonly elapsedMs: number;
  readonly heapMb: readonly number[];
  readonly onTime: readonly RunRecord[];
  readonly onTimeAlone: readonly RunRecord[];
}

/** Writes what a scheduler leaves behind when it is killed, some seconds ago. */
async function fillStore(path: string, missed: number): Promise<void> {
  const retention = { maxRuns: 1_000_000, maxAgeMs: Number.POSITIVE_INFINITY };
  const service = new StoreService({ path, durability: 'relaxed', retention }, () => {});
  const atMs = Date.now() - missed * 1_000;
  await service.open({ nodeId: 'before', incarnationId: 'before', atMs });
  const times = { timezone: 'UTC', jitterMs: 0, isEnabled: true, zoneData: process.versions['tz'] ?? '' };
  const declared = { cron: '1s', missedRunPolicy: 'run-all' as const, ...times };
  await service.write([{ kind: 'registered', registration: { key: KEY, atMs, cursorMs: atMs, declared } }]);
  await service.close({ atMs });
}

async function workOff(path: string, missed: number): Promise<Worked> {
  const scheduler = await createScheduler({
    plugins: [{ module: './backlog-plugin.ts', options: { onTime: ON_TIME_SCHEDULES } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 2, maxThreads: 2 },
    logger: { level: 'silent' },
    store: sqliteStore({ path }),
  });
  const listening = new Listening(scheduler, missed);
  const startedAtMs = performance.now();
  await scheduler.start();
  await listening.caughtUp;
  const elapsedMs = performance.now() - startedAtMs;
  const onTime = listening.takeOthers();
  // For comparison, the same schedules without the backlog.
  await sleep(ALONE_MS);
  const onTimeAlone = listening.takeOthers();
  await scheduler.stop();
  return { elapsedMs, heapMb: listening.heapMb, onTime, onTimeAlone };
}

/** Follows the runs of a scheduler with a backlog. */
class Listening {
  readonly caughtUp: Promise<void>;
  readonly heapMb: number[] = [];
  #others: RunRecord[] = [];
  #catchUps = 0;

  constructor(scheduler: Scheduler, missed: number) {
    const sampleEvery = Math.floor(missed / SAMPLES);
    this.caughtUp = new Promise((resolve) => {
      scheduler.on('run', (run) => {
        if (run.key !== KEY) this.#others.push(run);
        else if (!run.isCatchup) resolve();
        else if (++this.#catchUps % sampleEvery === 0) void this.#sample(scheduler);
      });
    });
  }

  /** Runs of the schedules that are not behind, since the last call. */
  takeOthers(): readonly RunRecord[] {
    const others = this.#others;
    this.#others = [];
    return others;
  }

  async #sample(scheduler: Scheduler): Promise<void> {
    const { supervisorHeapBytes } = await scheduler.stats();
    this.heapMb.push(supervisorHeapBytes / 2 ** 20);
  }
}

function report(missed: number, { elapsedMs, heapMb, onTime, onTimeAlone }: Worked) {
  const lateness = (runs: readonly RunRecord[]) => distribution(runs.map((run) => run.lateness.totalMs));
  const during = lateness(onTime);
  const after = lateness(onTimeAlone);
  const shown = (each: typeof during): string[] => [each.p50, each.p99, each.max].map((value) => value.toFixed(2));
  return {
    parameters: { missed, onTimeSchedules: ON_TIME_SCHEDULES },
    figures: { elapsedMs, catchUpsPerSecond: Math.round((missed / elapsedMs) * 1_000), heapMb, during, after },
    tables: [
      {
        title: `${missed} missed occurrences worked off in ${(elapsedMs / 1_000).toFixed(1)} s; supervisor heap in MB on the way: ${heapMb.map((mb) => mb.toFixed(0)).join(' ')}`,
        columns: ['schedules on time, start lateness in ms', 'runs', 'p50', 'p99', 'max'],
        rows: [
          ['while the backlog is worked off', onTime.length, ...shown(during)],
          ['afterwards', onTimeAlone.length, ...shown(after)],
        ],
      },
    ],
  };
}
