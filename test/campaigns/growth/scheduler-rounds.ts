/**
 * What a scheduler does over and over in a campaign. It is the built package, as users have it: with the sources, most of
 * the time and memory of a new thread would go to the stripping of types.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, PluginOption, Scheduler } from '../../../src/index.ts';
import { GuestFolder } from '../../support/guest-text.ts';
import { inLanes, type Rounds } from './rounds.ts';

const PACKAGE = new URL('../../../dist/index.js', import.meta.url);
const { createScheduler, memoryStore }: typeof import('../../../src/index.ts') = await import(PACKAGE.href);

/** Runs at a time, each on a thread of its own. */
const LANES = 2;
/** History is full long before the second tenth of a campaign, so that it does not count as growth. */
const MAX_RECORDS = 50;
const CLEANED_ONCE = `(global $cleaned (mut i32) (i32.const 0))
  (func (export "cleanup") (result i32)
    (global.set $cleaned (i32.add (global.get $cleaned) (i32.const 1)))
    (i32.ne (global.get $cleaned) (i32.const 1)))`;
/** Between two looks at a schedule that is busy. */
const BUSY_MS = 20;

/** Each run of a kind of schedule must end with `outcome`. */
export async function runs(kind: 'lives' | 'dies' | 'spins', outcome: Outcome): Promise<Rounds> {
  const scheduler = await startScheduler(LANES);
  return {
    run: (count) => inLanes(count, LANES, (lane) => expectOutcome(scheduler, `mortal/${kind}-${lane}`, outcome)),
    close: () => stopScheduler(scheduler),
  };
}

export async function reloads(): Promise<Rounds> {
  const scheduler = await startScheduler(1);
  const reload = async (): Promise<void> => {
    await scheduler.reload('mortal');
    await expectOutcome(scheduler, 'mortal/lives-0', 'succeeded');
  };
  return { run: (count) => inLanes(count, 1, reload), close: () => stopScheduler(scheduler) };
}

/**
 * Each version of the guest differs from the one before, because V8 shares the code of modules that are equal. Its
 * `cleanup()` fails when it is called twice, or after a trap: the warning would fail the campaign.
 */
export async function guestReloads(): Promise<Rounds> {
  const folder = new GuestFolder();
  const file = 'reloaded.wasm';
  let version = 0;
  const write = (): string => {
    version += 1;
    const result = '(i32.const 0)';
    return folder.add({ run: `(drop (i32.const ${version})) ${result}`, more: CLEANED_ONCE }, file);
  };
  const scheduler = await startScheduler(LANES, { module: write(), instance: 'kept' });
  const warnings: string[] = [];
  scheduler.on('warning', ({ code, message }) => warnings.push(`${code}: ${message}`));
  const reload = async (): Promise<void> => {
    write();
    await scheduler.reload('guest');
    await expectOutcome(scheduler, 'guest/s', 'succeeded');
  };
  return {
    run: (count) => inLanes(count, 1, reload),
    close: async () => {
      await stopScheduler(scheduler);
      folder[Symbol.dispose]();
      if (warnings.length > 0) throw new Error(`there were ${warnings.length} warnings, such as ${warnings[0]}`);
    },
  };
}

/** A scheduler is made, started, used and stopped. */
export async function restarts(): Promise<Rounds> {
  const restart = async (): Promise<void> => {
    const scheduler = await startScheduler(1);
    await expectOutcome(scheduler, 'mortal/lives-0', 'succeeded');
    await stopScheduler(scheduler);
  };
  return { run: (count) => inLanes(count, 1, restart), close: async () => {} };
}

async function startScheduler(maxThreads: number, plugin: PluginOption = '../mortal-plugin.mjs'): Promise<Scheduler> {
  const scheduler = await createScheduler({
    plugins: [plugin],
    baseUrl: import.meta.url,
    // On a busy machine, threads that are nice may be ended so late that they are given up.
    pool: { maxThreads, niceIncrement: 0, loadTimeoutMs: 60_000 },
    store: memoryStore({ maxRecords: MAX_RECORDS }),
    logger: { level: 'silent' },
  });
  await scheduler.start();
  return scheduler;
}

async function stopScheduler(scheduler: Scheduler): Promise<void> {
  const unaccounted = (await scheduler.schedules()).filter(({ dueCount, outcomes }) => dueCount !== sum(outcomes));
  await scheduler.stop();
  if (unaccounted.length > 0) throw new Error(`the counters do not add up: ${JSON.stringify(unaccounted)}`);
}

async function expectOutcome(scheduler: Scheduler, key: string, expected: Outcome): Promise<void> {
  const ended = nextOutcome(scheduler, key);
  await scheduler.trigger(key);
  const outcome = await ended;
  if (outcome !== expected) throw new Error(`a run of ${key} ended as ${outcome}, not as ${expected}`);
  // The record is reported before the schedule is at rest again, and long before if its thread was given up.
  while (!(await isAtRest(scheduler, key))) await sleep(BUSY_MS);
}

function nextOutcome(scheduler: Scheduler, key: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const listen = (run: { key: string; outcome: Outcome }): void => {
      if (run.key !== key) return;
      scheduler.off('run', listen);
      resolve(run.outcome);
    };
    scheduler.on('run', listen);
  });
}

async function isAtRest(scheduler: Scheduler, key: string): Promise<boolean> {
  const statuses = await scheduler.schedules();
  return statuses.find((status) => status.key === key)?.state === 'idle';
}

function sum(outcomes: Partial<Record<Outcome, number>>): number {
  return Object.values(outcomes).reduce((total, count) => total + count, 0);
}
