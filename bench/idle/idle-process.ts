/** A process with a number of schedules of which none is due, and what they cost. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { createScheduler } from '../../src/index.ts';
import { MAX_SCHEDULES } from '../../src/wire/declaration-limits.ts';
import { collectGarbage } from './collected-heap.ts';

export interface IdleRequest {
  readonly schedules: number;
  /** How long to wait before the CPU time is measured, and how long it is measured. */
  readonly settleMs: number;
  readonly idleMs: number;
}

/** What a number of schedules cost while none is due. */
export interface IdleCost {
  readonly schedules: number;
  readonly startMs: number;
  /** Heaps in use after a full collection. */
  readonly supervisorHeapBytes: number;
  readonly hostHeapBytes: number;
  /** Of the whole process, after a full collection. */
  readonly rssBytes: number;
  readonly idleCpuMs: number;
}

process.once('message', (request: IdleRequest) => {
  void measureIdle(request).then((cost) => {
    process.send?.(cost, () => process.exit());
  });
});

async function measureIdle({ schedules, settleMs, idleMs }: IdleRequest): Promise<IdleCost> {
  const scheduler = await createScheduler({
    plugins: pluginsFor(schedules),
    baseUrl: import.meta.url,
    pool: { maxThreads: 1, minThreads: 1 },
    logger: { level: 'silent' },
  });
  const supervisorStarted = once(process, 'worker');
  const startedAtMs = performance.now();
  await scheduler.start();
  const [supervisor] = (await supervisorStarted) as [Worker];
  const startMs = Math.round(performance.now() - startedAtMs);
  await sleep(settleMs);
  const before = process.cpuUsage();
  await sleep(idleMs);
  const { user, system } = process.cpuUsage(before);
  await collectGarbage();
  const { used_heap_size: supervisorHeapBytes } = await supervisor.getHeapStatistics();
  const { heapUsed: hostHeapBytes, rss: rssBytes } = process.memoryUsage();
  const idleCpuMs = Math.round((user + system) / 1_000);
  return { schedules, startMs, supervisorHeapBytes, hostHeapBytes, rssBytes, idleCpuMs };
}

/** A plugin may declare at most a hundred thousand schedules. */
function pluginsFor(schedules: number) {
  const parts = Math.ceil(schedules / MAX_SCHEDULES);
  return Array.from({ length: parts }, (_, part) => ({
    module: './idle-plugin.ts',
    options: { name: `idle-${part}`, schedules: Math.min(schedules - part * MAX_SCHEDULES, MAX_SCHEDULES) },
  }));
}
