/**
 * `npm run soak -- [--reloads 1000] [--deaths 10000]`: campaigns that are too long for the tests. A plugin is reloaded
 * and threads die, over and over; memory must reach a plateau, every run must end as it has to, and what fell due and
 * how it ended must be the same number.
 */
import { parseArgs } from 'node:util';
import { createScheduler, type Outcome, type Scheduler } from '../../src/index.ts';

const SAMPLES = 12;
/** What memory may grow by between the middle of a campaign and its end. */
const MAX_GROWTH = 0.1;

const { values } = parseArgs({
  options: { reloads: { type: 'string', default: '1000' }, deaths: { type: 'string', default: '10000' } },
});

const scheduler = await createScheduler({
  plugins: ['./mortal-plugin.ts'],
  baseUrl: import.meta.url,
  pool: { maxThreads: 2 },
  logger: { level: 'silent' },
});
await scheduler.start();
const ok = [
  await campaign('reloads', Number(values.reloads), async () => {
    await scheduler.reload('mortal');
    expectOutcome(await runOf(scheduler, 'mortal/lives'), 'succeeded');
  }),
  await campaign('deaths', Number(values.deaths), async () => {
    expectOutcome(await runOf(scheduler, 'mortal/dies'), 'crashed');
  }),
];
const unaccounted = (await scheduler.schedules()).filter(({ dueCount, outcomes }) => dueCount !== sum(outcomes));
await scheduler.stop();
console.log(`unaccounted schedules: ${unaccounted.length}`);
process.exitCode = ok.every(Boolean) && unaccounted.length === 0 ? 0 : 1;

async function campaign(name: string, rounds: number, round: () => Promise<void>): Promise<boolean> {
  const residentMb: number[] = [];
  const startedAtMs = performance.now();
  for (let sample = 0; sample < SAMPLES; sample++) {
    for (let index = 0; index < rounds / SAMPLES; index++) await round();
    residentMb.push(process.memoryUsage().rss / 2 ** 20);
  }
  const middle = mean(residentMb.slice(SAMPLES / 3, (2 * SAMPLES) / 3));
  const end = mean(residentMb.slice((2 * SAMPLES) / 3));
  const isPlateau = end <= middle * (1 + MAX_GROWTH);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  console.log(`${name}: ${rounds} in ${seconds} s, resident MB ${residentMb.map((mb) => mb.toFixed(0)).join(' ')}`);
  console.log(
    `  from ${middle.toFixed(0)} in the middle to ${end.toFixed(0)} at the end: ${isPlateau ? 'a plateau' : 'GROWING'}`,
  );
  return isPlateau;
}

async function runOf(target: Scheduler, key: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const listen = (run: { key: string; outcome: Outcome }): void => {
      if (run.key !== key) return;
      target.off('run', listen);
      // The record is told before the schedule is at rest again; the next question is answered after that.
      target.schedules().then(() => resolve(run.outcome), reject);
    };
    target.on('run', listen);
    target.trigger(key).catch(reject);
  });
}

function expectOutcome(outcome: Outcome, expected: Outcome): void {
  if (outcome !== expected) throw new Error(`a run ended as ${outcome}, not as ${expected}`);
}

function sum(outcomes: Partial<Record<Outcome, number>>): number {
  return Object.values(outcomes).reduce((total, count) => total + count, 0);
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0) / numbers.length;
}
