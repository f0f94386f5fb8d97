/** Controls: what Node and piscina keep by themselves, without a scheduler, when threads are terminated. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { inLanes, type Rounds } from './rounds.ts';

const LANES = 2;
const SPINNING = new URL('./spinning-thread.ts', import.meta.url);
const THREAD_OPTIONS = { workerData: 'spin at once', resourceLimits: { maxOldGenerationSizeMb: 512 } };

/** Threads that spin are terminated. */
export async function bareThreads(): Promise<Rounds> {
  const terminate = async (): Promise<void> => {
    const worker = new Worker(SPINNING, THREAD_OPTIONS);
    await once(worker, 'message');
    await worker.terminate();
  };
  return { run: (count) => inLanes(count, LANES, terminate), close: async () => {} };
}

/** Threads of piscina that spin are terminated by an abort. */
export async function barePiscina(): Promise<Rounds> {
  const pool = new Piscina({
    filename: SPINNING.href,
    minThreads: LANES,
    maxThreads: LANES,
    idleTimeout: Number.POSITIVE_INFINITY,
    recordTiming: false,
    resourceLimits: THREAD_OPTIONS.resourceLimits,
  });
  const abort = async (lane: number): Promise<void> => {
    const control = new AbortController();
    const task = pool.run(lane, { signal: control.signal });
    const listen = (spinning: number): void => {
      if (spinning === lane) control.abort();
    };
    pool.on('message', listen);
    await task.catch(() => {});
    pool.off('message', listen);
  };
  return { run: (count) => inLanes(count, LANES, abort), close: () => pool.destroy() };
}
