import { parentPort, workerData } from 'node:worker_threads';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';

/** Sent by the benchmark, received by this thread. */
export interface SleepRequest {
  readonly sleeps: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/** Sent by this thread: how long after its instant each sleep ended. Negative is early. */
export interface SleepSamples {
  readonly timerMs: readonly number[];
  readonly clockMs: readonly number[];
}

const { sleeps, minMs, maxMs } = workerData as SleepRequest;
const clock = new SystemClock();
const timerMs: number[] = [];
const clockMs: number[] = [];

for (let index = 0; index < sleeps; index += 1) {
  // Fractional, like the distance to an occurrence, and spread evenly by the golden ratio.
  const delayMs = minMs + ((index * 0.618_034) % 1) * (maxMs - minMs);
  timerMs.push(await latenessOf((wake) => void setTimeout(wake, Math.ceil(delayMs)), delayMs));
  clockMs.push(await latenessOf((wake) => sleepWithTail(delayMs, wake), delayMs));
}
parentPort?.postMessage({ timerMs, clockMs } satisfies SleepSamples);

/** Sleeps as the supervisor's tick clock does when its thread has nothing else to do. */
function sleepWithTail(delayMs: number, wake: () => void): void {
  const untilMs = clock.monotonicMs() + delayMs;
  clock.sleep(delayMs - clock.tailMs, () => {
    const restMs = untilMs - clock.monotonicMs();
    if (restMs > 0) clock.waitOut(restMs);
    wake();
  });
}

async function latenessOf(sleep: (wake: () => void) => void, delayMs: number): Promise<number> {
  const untilMs = performance.now() + delayMs;
  const wokenAtMs = await new Promise<number>((resolve) => sleep(() => resolve(performance.now())));
  return wokenAtMs - untilMs;
}
