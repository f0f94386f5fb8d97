/** What the host thread can do while a scheduler in the same process does nothing, something, or all that it can. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { createScheduler, type Scheduler } from '../../src/index.ts';
import { distribution } from '../distribution.ts';
import type { BurnOptions } from './burn-plugin.ts';

export type SchedulerState = 'none' | 'idle' | 'saturated';

export interface HostRequest {
  readonly state: SchedulerState;
  readonly threads: number;
  readonly durationMs: number;
}

export interface HostFigures {
  /** How late a timer of the otherwise idle host fires, at p99. */
  readonly delayP99Ms: number;
  /** Pieces of a fixed computation a second, of a host that computes all the time. */
  readonly piecesPerSecond: number;
  /** The time of one piece at p99. */
  readonly pieceP99Ms: number;
}

const WARM_UP_MS = 1_000;
const RESOLUTION_MS = 2;
/** A few milliseconds of work on a present-day core, as a request of a busy server may take. */
const STEPS_A_PIECE = 1_500_000;

process.once('message', (request: HostRequest) => {
  void measure(request).then((figures) => {
    process.send?.(figures, () => process.exit());
  });
});

async function measure({ state, threads, durationMs }: HostRequest): Promise<HostFigures> {
  const scheduler = await startedScheduler(state, threads);
  for (const untilMs = performance.now() + WARM_UP_MS; performance.now() < untilMs; ) compute();
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  await sleep(durationMs);
  delay.disable();
  const pieces = await computeFor(durationMs);
  await scheduler?.stop({ drainMs: 0 });
  return {
    delayP99Ms: delay.percentile(99) / 1e6 - RESOLUTION_MS,
    piecesPerSecond: (pieces.length / durationMs) * 1_000,
    pieceP99Ms: distribution(pieces).p99,
  };
}

async function startedScheduler(state: SchedulerState, threads: number): Promise<Scheduler | null> {
  if (state === 'none') return null;
  const cron = state === 'idle' ? '1d' : '20ms';
  const options: BurnOptions = { schedules: 2 * threads, cron, burnMs: 20 };
  const scheduler = await createScheduler({
    plugins: [{ module: './burn-plugin.ts', options: { ...options } }],
    baseUrl: import.meta.url,
    pool: { minThreads: threads, maxThreads: threads },
    logger: { level: 'silent' },
  });
  await scheduler.start();
  return scheduler;
}

/** The event loop turns between two pieces, as it does between requests. */
async function computeFor(durationMs: number): Promise<number[]> {
  const times: number[] = [];
  const endMs = performance.now() + durationMs;
  while (performance.now() < endMs) {
    const fromMs = performance.now();
    compute();
    times.push(performance.now() - fromMs);
    await turn();
  }
  return times;
}

/** Its result depends on every step, so that no step can be left out. */
function compute(): number {
  let value = 1;
  for (let step = 0; step < STEPS_A_PIECE; step += 1) value = (Math.imul(value, 1_664_525) + 1_013_904_223) | 0;
  return value;
}
