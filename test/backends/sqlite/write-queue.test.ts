import { describe, expect, test } from 'vitest';
import { WriteQueue } from '../../../src/backends/sqlite/write-queue.ts';
import type { StoreEntry } from '../../../src/machines/ledger/entries.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const seen = (atMs: number): StoreEntry => ({ kind: 'seen', atMs });
const kept = (key: string): StoreEntry => ({ kind: 'kv.delete', space: 's', key });

/** A queue whose batches the test answers. */
class Bench {
  readonly clock = new VirtualClock();
  readonly batches: (readonly StoreEntry[])[] = [];
  readonly recoveries: number[] = [];
  readonly queue = new WriteQueue(this.clock, {
    send: (_id, entries) => this.batches.push(entries),
    recovered: (droppedCount) => this.recoveries.push(droppedCount),
  });

  /** Adds an entry, and returns what its caller hears. */
  add(given: number | StoreEntry): { outcome: string } {
    const heard = { outcome: 'waiting' };
    this.queue.add(typeof given === 'number' ? seen(given) : given).then(
      ({ isTaken }) => {
        heard.outcome = isTaken ? 'written' : 'refused';
      },
      (error: Error) => {
        heard.outcome = error.message;
      },
    );
    return heard;
  }

  sizes(): number[] {
    return this.batches.map(({ length }) => length);
  }

  async answer(refused: readonly number[] = []): Promise<void> {
    this.queue.written(this.batches.length, refused);
    await this.clock.settle();
  }

  async refuse(reason = 'disk full'): Promise<void> {
    this.queue.failed(this.batches.length, new Error(reason));
    await this.clock.settle();
  }
}

describe('WriteQueue', () => {
  test('sends together what is written in one turn, and the next batch when that is durable', async () => {
    const bench = new Bench();
    const callers = [bench.add(1), bench.add(2)];
    await bench.clock.settle();
    callers.push(bench.add(3), bench.add(4), bench.add(5));
    await bench.clock.settle();
    expect(bench.sizes()).toEqual([2]);
    await bench.answer([1]);
    expect(bench.sizes()).toEqual([2, 3]);
    await bench.answer();
    expect(callers.map(({ outcome }) => outcome)).toEqual(['written', 'refused', 'written', 'written', 'written']);
    expect(bench.clock.sleeperCount).toBe(0);
  });

  test('rejects at once while the disk fails, keeps the order, and writes all of it when it works again', async () => {
    const bench = new Bench();
    const first = bench.add(1);
    await bench.clock.settle();
    await bench.refuse();
    const second = bench.add(2);
    await bench.clock.settle();
    expect([first.outcome, second.outcome]).toEqual(['disk full', 'disk full']);
    await bench.clock.advance(1_000);
    await bench.refuse();
    await bench.clock.advance(1_000);
    expect(bench.sizes()).toEqual([1, 2, 2]);
    await bench.answer();
    expect(bench.batches.at(-1)).toEqual([seen(1), seen(2)]);
    expect(bench.recoveries).toEqual([0]);
    const third = bench.add(3);
    await bench.clock.settle();
    await bench.answer();
    expect(third.outcome).toBe('written');
  });

  test('counts a disk that does not answer for ten seconds as stalled, and sends nothing twice', async () => {
    const bench = new Bench();
    const first = bench.add(1);
    await bench.clock.advance(9_999);
    expect(first.outcome).toBe('waiting');
    await bench.clock.advance(1);
    expect(first.outcome).toBe('the disk did not answer for 10 s');
    const second = bench.add(2);
    await bench.clock.advance(60_000);
    expect(second.outcome).toBe('the disk did not answer for 10 s');
    expect(bench.sizes()).toEqual([1]);
    await bench.answer();
    expect(bench.batches.slice(1)).toEqual([[seen(2)]]);
    expect(bench.recoveries).toEqual([0]);
  });

  test('keeps no more than memory allows, and counts what it had to drop', async () => {
    const bench = new Bench();
    bench.add(0);
    await bench.clock.settle();
    await bench.refuse();
    for (let index = 0; index < 25_000; index++) bench.add(index);
    await bench.clock.advance(1_000);
    expect(bench.sizes()).toEqual([1, 20_000]);
    await bench.answer();
    expect(bench.recoveries).toEqual([5_001]);
  });

  test('opens a barrier when what was added before it is durable, whatever is added after', async () => {
    const bench = new Bench();
    bench.add(1);
    let isOpen = false;
    void bench.queue.barrier().then(() => {
      isOpen = true;
    });
    await bench.clock.settle();
    bench.add(2);
    expect(isOpen).toBe(false);
    await bench.answer();
    expect(isOpen).toBe(true);
  });

  test('sends what plugins keep in its place among the entries', async () => {
    const bench = new Bench();
    const callers = [bench.add(1), bench.add(kept('a')), bench.add(2)];
    await bench.clock.settle();
    expect(bench.batches[0]?.map(({ kind }) => kind)).toEqual(['seen', 'kv.delete', 'seen']);
    await bench.answer([1]);
    expect(callers.map(({ outcome }) => outcome)).toEqual(['written', 'refused', 'written']);
  });

  test('does not send again what plugins keep, whether it was on its way or came later', async () => {
    const bench = new Bench();
    const callers = [bench.add(1), bench.add(kept('a'))];
    await bench.clock.settle();
    callers.push(bench.add(kept('b')), bench.add(2));
    await bench.refuse();
    callers.push(bench.add(kept('c')));
    await bench.clock.advance(1_000);
    expect(callers.map(({ outcome }) => outcome)).toEqual(Array(5).fill('disk full'));
    expect(bench.batches[1]).toEqual([seen(1), seen(2)]);
  });

  test('works again after a failure of nothing but what plugins keep', async () => {
    const bench = new Bench();
    const failed = bench.add(kept('a'));
    await bench.clock.settle();
    await bench.refuse();
    expect(failed.outcome).toBe('disk full');
    await bench.clock.advance(1_000);
    const caller = bench.add(kept('b'));
    await bench.clock.settle();
    expect(bench.batches[1]).toEqual([kept('b')]);
    await bench.answer();
    expect(caller.outcome).toBe('written');
  });
});
