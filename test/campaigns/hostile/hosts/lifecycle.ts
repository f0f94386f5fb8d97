/** A host that starts, stops, loads and unloads at the wrong moments, or far too often. */
import { createScheduler, type SchedulerOptions } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import { runs } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';

/** Many threads make it likely that one of them is in the middle of its start when it is ended. */
const THREADS = 8;
/** How long something is done again and again, in milliseconds. */
const ROUNDS_MS = 12_000;

const manyThreads = (): SchedulerOptions => ({ pool: { maxThreads: THREADS } });

/** The neighbour's runs are aborted by a stop, and it is loaded anew by a reload, so only the process is judged. */
function life(name: string, alone: (bench: HostBench) => Promise<void>): Scenario {
  return { name, expect: {}, alone };
}

async function cycle(bench: HostBench, stopAfter: (started: Promise<void>) => Promise<unknown>): Promise<void> {
  await forAWhile(async () => {
    const scheduler = await createScheduler(bench.options(manyThreads()));
    const started = scheduler.start();
    started.catch(() => {});
    await stopAfter(started);
    await scheduler.stop({ drainMs: 0 });
  });
}

async function forAWhile(round: () => Promise<unknown>): Promise<void> {
  const untilMs = performance.now() + ROUNDS_MS;
  while (performance.now() < untilMs) await round();
}

/** Installs a plugin that never ends its run, and does something to it meanwhile. */
function during(name: string, body: string, act: (bench: HostBench) => Promise<unknown>): Scenario {
  return {
    name,
    plugin: runs(body),
    expect: {},
    neighbourMayWait: true,
    drive: async (bench) => {
      if (!(await bench.install())) return;
      await bench.scheduler.trigger('hostile/h');
      await bench.linger(200);
      await act(bench);
    },
  };
}

const LOOP = 'for (;;);';
const IGNORES = 'await new Promise(() => setInterval(() => {}, 1_000));';

export const LIFECYCLE: readonly Scenario[] = [
  {
    name: 'reloads-without-end',
    expect: {},
    options: manyThreads,
    neighbourMayWait: true,
    drive: ({ scheduler }) => forAWhile(() => scheduler.reload('neighbour')),
  },
  life('starts-and-stops-without-end', (bench) => cycle(bench, (started) => started)),
  life('stops-during-every-start', (bench) => cycle(bench, async () => {})),
  life('stops-at-some-moment-of-the-start', (bench) =>
    cycle(bench, async () => new Promise((resolve) => setTimeout(resolve, (bench.seed * 37) % 150))),
  ),
  life('stops-twice-and-starts-again', async (bench) => {
    await bench.start();
    const { scheduler } = bench;
    const both = [scheduler.stop({ drainMs: 0 }), scheduler.stop({ drainMs: 5_000 })];
    await Promise.all(both);
    await bench.refuses(() => scheduler.start(), 'ERR_ESCAPEMENT_NOT_RUNNING');
    await bench.refuses(() => scheduler.trigger('neighbour/a'), 'ERR_ESCAPEMENT_NOT_RUNNING');
  }),
  life('is-never-started', async (bench) => {
    const scheduler = await createScheduler(bench.options());
    await bench.refuses(() => scheduler.schedules(), 'ERR_ESCAPEMENT_NOT_RUNNING');
    await scheduler.stop();
  }),
  during('unloads-a-run-that-loops', LOOP, ({ scheduler }) => scheduler.uninstall('hostile')),
  during('unloads-a-run-that-ignores', IGNORES, ({ scheduler }) => scheduler.uninstall('hostile')),
  during('reloads-a-run-that-loops', LOOP, ({ scheduler }) => scheduler.reload('hostile')),
  during('stops-a-run-that-loops', LOOP, (bench) => bench.linger(0)),
  during('stops-a-run-that-waits-on-memory', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);', (bench) =>
    bench.linger(0),
  ),
  during('installs-and-uninstalls-at-once', LOOP, async ({ scheduler }) => {
    const names = Array.from({ length: 20 }, () => scheduler.uninstall('hostile').catch(() => {}));
    await Promise.all([...names, scheduler.reload('neighbour').catch(() => {})]);
  }),
];
