/** Wrong options of a scheduler. Each has to be refused before anything starts. */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { createScheduler, type SchedulerOptions } from '../../../../src/index.ts';
import type { HostBench } from '../host-bench.ts';
import type { Scenario } from '../scenario.ts';

/** How long a refusal may take. */
const REFUSAL_MS = 8_000;

/** Creates and starts a scheduler, which has to fail with one of our errors that names what was wrong. */
export async function refusesToStart(bench: HostBench, options: unknown, names = ''): Promise<void> {
  let isStarted = false;
  const attempt = async (): Promise<string> => {
    const scheduler = await createScheduler(options as SchedulerOptions);
    await scheduler.start();
    isStarted = true;
    return Promise.race([
      scheduler.stop({ drainMs: 0 }).then(() => 'it started'),
      pause(4_000, 'it started, and did not stop within 4 s'),
    ]);
  };
  const came = await Promise.race([
    attempt().catch((error: { code?: unknown; message?: unknown }) =>
      String(error.code).startsWith('ERR_ESCAPEMENT_') && String(error.message).includes(names)
        ? null
        : `it was refused with ${String(error.code)}: ${String(error.message).slice(0, 150)}`,
    ),
    pause(REFUSAL_MS, `it was not refused within ${REFUSAL_MS} ms`, { ref: false }),
  ]);
  if (came !== null)
    bench.problem(`${came}, and had to be refused with an error of ours${names && ` that names ${names}`}`);
  // What hangs cannot be expected to end by itself.
  if (!isStarted && came?.startsWith('it was not refused')) process.exit(1);
}

function wrong(name: string, options: (bench: HostBench) => unknown, names = ''): Scenario {
  return { name, expect: {}, alone: (bench) => refusesToStart(bench, options(bench), names) };
}

function trap(): never {
  throw new Error('trap');
}

const POOLS: Readonly<Record<string, unknown>> = {
  'resource-limits-unknown': { resourceLimits: { evil: 5 } },
  'resource-limits-that-are-texts': { resourceLimits: { maxOldGenerationSizeMb: '512' } },
  'more-idle-threads-than-threads': { minThreads: 4, maxThreads: 2 },
  'no-threads': { maxThreads: 0 },
  'half-a-thread': { maxThreads: 1.5 },
  'a-million-threads': { maxThreads: 1e6 },
  'an-environment-of-objects': { env: { A: {} } },
  'no-time-to-load': { loadTimeoutMs: Number.NaN },
};

const OTHERS: Readonly<Record<string, unknown>> = {
  'a-heap-of-infinity': { budget: { heapMb: Number.POSITIVE_INFINITY } },
  'a-negative-grace': { budget: { graceMs: -1 } },
  // A stop waits for the grace, and has to end.
  'a-grace-of-infinity': { budget: { graceMs: Number.POSITIVE_INFINITY } },
  'plugins-that-are-no-list': { plugins: { module: 'x' } },
  'a-plugin-that-is-null': { plugins: [null] },
  'a-plugin-that-is-an-object': { plugins: [{ name: 'x', schedules: () => [], run() {} }] },
  'options-of-a-plugin-that-are-no-data': { plugins: [{ module: './x.js', options: { call() {} } }] },
  'a-module-of-50-mb': { plugins: ['x'.repeat(5e7)] },
  'an-unknown-time-zone': { timezone: 'Europe/Parise' },
  'a-time-zone-of-50-mb': { timezone: 'x'.repeat(5e7) },
  'host-functions-that-are-texts': { hostFunctions: { call: 'x' } },
  'a-store-that-is-a-text': { store: 'memory' },
  'a-store-of-no-module': { store: { module: './no-such-store.js' } },
  'a-memory-store-of-minus-one': { store: { module: 'builtin:memory-store', options: { maxRecords: -1 } } },
  'a-node-without-a-name': { nodeId: '' },
  'a-base-that-is-a-number': { baseUrl: 5 },
  'redacted-paths-that-are-wrong': { logger: { redact: ['a[', '...', ''] } },
  'a-getter-that-throws': Object.defineProperty({}, 'plugins', { get: trap, enumerable: true }),
  'a-getter-of-the-pool-that-throws': {
    pool: Object.defineProperty({}, 'maxThreads', { get: trap, enumerable: true }),
  },
};

/** Destinations of the log that cannot be written to. The error has to name them. */
const DESTINATIONS: Readonly<Record<string, (path: (name: string) => string) => number | string>> = {
  'a-folder': (path) => path(''),
  'in-proc': () => '/proc/nope/x',
  'minus-one': () => -1,
  'a-descriptor-that-is-closed': () => 999,
  'an-empty-path': () => '',
  'a-path-with-a-zero': () => 'a\0b',
  'a-path-of-5000-letters': () => `/tmp/${'x'.repeat(5_000)}`,
  'a-fraction': () => 1.5,
};

export const OPTIONS: readonly Scenario[] = [
  ...Object.entries(POOLS).map(([name, pool]) => wrong(`pool-${name}`, () => ({ pool }), 'pool')),
  ...Object.entries(OTHERS).map(([name, options]) => wrong(name, () => options)),
  wrong('nothing', () => undefined),
  wrong('null', () => null),
  ...Object.entries(DESTINATIONS).map(([name, destination]) =>
    wrong(
      `log-${name}`,
      (bench) => ({ logger: { destination: destination((file) => bench.path(file)) } }),
      'destination',
    ),
  ),
  {
    name: 'log-to-a-full-disk',
    expect: {},
    options: () => ({ logger: { level: 'trace', destination: '/dev/full' } }),
    drive: async () => {},
    lingerMs: 1_000,
  },
  {
    name: 'log-to-a-pipe-without-a-reader',
    expect: {},
    // Either it is refused at once, or it is written when a reader comes; it must never hold up a start or a stop.
    alone: async (bench) => {
      execFileSync('mkfifo', [bench.path('pipe')]);
      const scheduler = await createScheduler({ logger: { destination: bench.path('pipe') } });
      const end = scheduler
        .start()
        .catch(() => {})
        .then(() => scheduler.stop({ drainMs: 0 }));
      if ((await Promise.race([end, pause(REFUSAL_MS, 'late', { ref: false })])) !== 'late') return;
      bench.problem(`neither started nor refused within ${REFUSAL_MS} ms`);
      process.exit(1);
    },
  },
  {
    name: 'no-right-to-start-threads',
    execArgv: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'],
    expect: {},
    alone: (bench) => refusesToStart(bench, { logger: { level: 'silent' } }, '--allow-worker'),
  },
  {
    // With 8 to 10 threads Node itself aborts, whatever starts a worker thread. With 11 a scheduler starts.
    name: 'no-more-than-7-threads',
    maxThreadCount: 7,
    expect: {},
    alone: (bench) => refusesToStart(bench, { logger: { level: 'silent' } }, 'thread'),
  },
];
