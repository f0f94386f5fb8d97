import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler } from '../../src/index.ts';

/** Does not divide the second, so that no other timer of the machine always coincides. */
const PERIOD = '47ms';
const WARM_UP_MS = 1_000;

/** Tick lateness of a schedule in an otherwise idle scheduler, with none or one run that sleeps meanwhile. */
export async function tickLatenessMs(withSleeper: boolean, durationMs: number): Promise<number[]> {
  const scheduler = await createScheduler({
    plugins: [{ module: './sleeping-plugin.ts', options: { period: PERIOD } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 2, maxThreads: 2 },
    logger: { level: 'silent' },
  });
  const ticksMs: number[] = [];
  await scheduler.start();
  if (withSleeper) await scheduler.trigger('clock-sleep/sleeper');
  await sleep(WARM_UP_MS);
  scheduler.on('run', ({ scheduleId, lateness }) => {
    if (scheduleId === 'tick') ticksMs.push(lateness.tickMs);
  });
  await sleep(durationMs);
  await scheduler.stop({ drainMs: 0 });
  return ticksMs;
}
