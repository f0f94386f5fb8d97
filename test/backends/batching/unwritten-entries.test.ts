import { describe, expect, test } from 'vitest';
import { UnwrittenEntries } from '../../../src/backends/batching/unwritten-entries.ts';
import type { LedgerEntry } from '../../../src/machines/ledger/entries.ts';

const seen = (atMs: number): LedgerEntry => ({ kind: 'seen', atMs });
const FULL = new Error('disk full');

/** Entries, of which each is named by its instant, and what their callers have heard. */
function listOf(...instants: readonly number[]) {
  const list = new UnwrittenEntries();
  const heard: string[] = [];
  const add = (atMs: number): void => {
    list.add(seen(atMs)).then(
      ({ isTaken }) => heard.push(`${atMs} ${isTaken ? 'taken' : 'refused'}`),
      ({ message }: Error) => heard.push(`${atMs} ${message}`),
    );
  };
  for (const atMs of instants) add(atMs);
  const kept = (): unknown[] => list.all().map(({ entry }) => entry);
  return { list, heard, add, kept };
}

/** Lets all that has settled be heard. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('UnwrittenEntries', () => {
  test('answers a caller once', async () => {
    const { list, heard } = listOf(1, 2);
    const [first, second] = list.all();
    first?.answer({ isTaken: true });
    first?.giveUp(FULL);
    second?.answer({ isTaken: false });
    await turn();
    expect(heard).toEqual(['1 taken', '2 refused']);
  });

  test('rejects for everyone when writes fail, and at once until they work again', async () => {
    const { list, heard, add, kept } = listOf(1);
    list.fail(FULL);
    add(2);
    await turn();
    expect(heard).toEqual(['1 disk full', '2 disk full']);
    expect(kept()).toEqual([seen(1), seen(2)]);
    list.recover();
    add(3);
    list.all()[2]?.answer({ isTaken: true });
    await turn();
    expect(heard.at(-1)).toBe('3 taken');
  });

  test('lets callers wait through a failure whose entries are held', async () => {
    const { list, heard } = listOf(1, 2);
    const [held] = list.all();
    list.fail(FULL, (each) => each === held);
    await turn();
    expect(heard).toEqual(['2 disk full']);
    expect(held?.isAwaited).toBe(true);
  });

  test('keeps 20,000 entries of a failure, and counts the others once', () => {
    const { list, add } = listOf();
    list.fail(FULL);
    for (let index = 0; index < 20_003; index++) add(index);
    expect(list.size).toBe(20_000);
    expect([list.takeDroppedCount(), list.takeDroppedCount()]).toEqual([3, 0]);
  });

  test('opens a barrier when all that was added before it has left, in whatever order', async () => {
    const { list, add } = listOf(1, 2, 3);
    let isOpen = false;
    void list.barrier().then(() => {
      isOpen = true;
    });
    add(4);
    const [first, second, third] = list.all();
    for (const each of [third, first]) if (each !== undefined) list.remove([each]);
    await turn();
    expect(isOpen).toBe(false);
    if (second !== undefined) list.remove([second]);
    await turn();
    expect(isOpen).toBe(true);
    expect(list.size).toBe(1);
  });

  test('opens every barrier when writes fail, and has none while they do', async () => {
    const { list, add } = listOf(1);
    const barrier = list.barrier();
    list.fail(FULL);
    await barrier;
    add(2);
    await list.barrier();
    list.recover();
    const closed = Promise.race([list.barrier().then(() => 'open'), turn().then(() => 'closed')]);
    expect(await closed).toBe('closed');
  });
});
