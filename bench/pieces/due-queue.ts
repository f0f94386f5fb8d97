import type { Bench } from 'tinybench';
import { type DueEntry, DueQueue } from '../../src/supervisor/planning/due-queue.ts';

const SIZES = [10_000, 100_000];
const DAY_MS = 86_400_000;

/** One turn of a full queue: takes out the earliest entry and puts it in again at a later instant. */
export function addDueQueue(bench: Bench): void {
  for (const size of SIZES) {
    const queue = new DueQueue<DueEntry>();
    // The golden ratio spreads the instants evenly: as mixed as real schedules, and the same in every run.
    const spread = (index: number): number => ((index * 0.618_034) % 1) * DAY_MS;
    for (let index = 0; index < size; index += 1) queue.set({ dueAtMs: 0, heapIndex: -1 }, spread(index));
    let turn = 0;
    bench.add(`due queue of ${size.toLocaleString('en')}: take one, queue it again`, () => {
      turn += 1;
      for (const entry of queue.takeDue(queue.nextDueAtMs)) queue.set(entry, entry.dueAtMs + DAY_MS / 2 + spread(turn));
    });
  }
}
