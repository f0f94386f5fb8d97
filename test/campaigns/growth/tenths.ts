import { setTimeout as sleep } from 'node:timers/promises';
import type { Rounds } from './rounds.ts';
import { type Sample, takeSample, threadCount } from './sample.ts';

const TENTHS = 10;
const SAMPLES_EACH = 10;
/** A process is at rest when it has had the same number of threads for so long. */
const REST_MS = 150;
const MAX_REST_MS = 5_000;

/** Does `count` rounds, and hands over the samples of each tenth. They are taken at rest, when no thread is on its way. */
export async function runInTenths(
  rounds: Rounds,
  count: number,
  report: (samples: readonly Sample[]) => void,
): Promise<void> {
  const portion = Math.max(Math.round(count / TENTHS / SAMPLES_EACH), 1);
  for (let tenth = 0; tenth < TENTHS; tenth++) {
    const samples: Sample[] = [];
    for (let index = 0; index < SAMPLES_EACH; index++) {
      await rounds.run(portion);
      await rest();
      samples.push(await takeSample());
    }
    report(samples);
  }
}

async function rest(): Promise<void> {
  const untilMs = performance.now() + MAX_REST_MS;
  for (let before = -1; before !== threadCount() && performance.now() < untilMs; ) {
    before = threadCount();
    await sleep(REST_MS);
  }
}
