import { describe, expect, test } from 'vitest';
import { Pruner } from '../../../src/backends/shared-store/looking/pruner.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

/** A pruner whose database answers with what was set, and the instants at which it was asked, in seconds. */
function pruner() {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const failures: unknown[] = [];
  const database = { answer: async (): Promise<boolean> => false };
  const pruner = new Pruner({
    clock,
    prune: () => {
      asked.push(Math.floor(clock.monotonicMs() / 1_000));
      return database.answer();
    },
    failed: (error) => failures.push(error),
  });
  return { pruner, clock, asked, failures, database };
}

describe('pruning a store that nodes share', () => {
  test('the first of the nodes prunes, once a minute', async () => {
    const { pruner: first, clock, asked } = pruner();
    first.saw('a', ['b', 'a']);
    first.start();

    await clock.advance(150_000);

    expect(asked).toEqual([0, 60, 120]);
  });

  test('another one prunes when the first is gone', async () => {
    const { pruner: second, clock, asked } = pruner();
    second.saw('b', ['a', 'b']);
    second.start();
    await clock.advance(150_000);
    expect(asked).toEqual([]);

    second.saw('b', ['b']);
    await clock.advance(60_000);

    expect(asked).toHaveLength(1);
  });

  test('goes on at once while more is left', async () => {
    const { pruner: first, clock, asked, database } = pruner();
    let slices = 30;
    database.answer = async () => {
      slices -= 1;
      return slices > 0;
    };
    first.saw('a', ['a']);
    first.start();

    await clock.advance(10_000);

    expect(asked).toHaveLength(30);
  });

  test('says once that it fails, and again when it fails anew', async () => {
    const { pruner: first, clock, failures, database } = pruner();
    const refusal = new Error('out of range');
    const fails = (): Promise<boolean> => Promise.reject(refusal);
    database.answer = fails;
    first.saw('a', ['a']);
    first.start();
    await clock.advance(300_000);
    expect(failures).toEqual([refusal]);

    database.answer = async () => false;
    await clock.advance(60_000);
    database.answer = fails;
    await clock.advance(60_000);

    expect(failures).toEqual([refusal, refusal]);
  });

  test('asks nothing once it is stopped', async () => {
    const { pruner: first, clock, asked } = pruner();
    first.saw('a', ['a']);
    first.start();
    first.stop();

    await clock.advance(300_000);

    expect(asked).toEqual([]);
  });
});
