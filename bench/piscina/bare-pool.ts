import { fileURLToPath } from 'node:url';
import { Piscina } from 'piscina';

/** The pool that Escapement runs on, without Escapement: what everything around a run is compared with. */
export function barePool(threads: number): Piscina<undefined, void> {
  const filename = fileURLToPath(new URL('empty-task.mjs', import.meta.url));
  return new Piscina({ filename, name: 'nothing', minThreads: threads, maxThreads: threads });
}

/** Runs one empty task on every thread at least, so that all of them are there. */
export async function warmedUp(pool: Piscina<undefined, void>): Promise<void> {
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 10 * pool.threads.length }, () => pool.run(undefined)));
  }
}
