import { describe, expect, test } from 'vitest';
import { waitAtMost, within } from '../../../src/supervisor/ports/within.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const limit = { limitMs: 4_000, who: 'store "x"' };

describe('within', () => {
  test('resolves to an answer that comes in time, and leaves no timer behind', async () => {
    const clock = new VirtualClock();

    await expect(within(clock, Promise.resolve('answer'), limit)).resolves.toBe('answer');

    expect(clock.sleeperCount).toBe(0);
  });

  test('rejects as the call does', async () => {
    const clock = new VirtualClock();

    await expect(within(clock, Promise.reject(new Error('refused')), limit)).rejects.toThrow('refused');

    expect(clock.sleeperCount).toBe(0);
  });

  test('rejects when the limit is over, and hands on an answer that comes later', async () => {
    const clock = new VirtualClock();
    const call = Promise.withResolvers<string>();
    const lateAnswers: string[] = [];
    const waiting = within(clock, call.promise, { ...limit, late: (answer) => lateAnswers.push(answer) });
    const refused = expect(waiting).rejects.toThrow('store "x" did not answer for 4 s');

    await clock.advance(limit.limitMs);
    await refused;
    expect(lateAnswers).toEqual([]);
    call.resolve('late');
    await clock.settle();

    expect(lateAnswers).toEqual(['late']);
  });

  test('ignores a call that fails after the limit', async () => {
    const clock = new VirtualClock();
    const call = Promise.withResolvers<string>();
    const waiting = within(clock, call.promise, { ...limit, late: () => expect.unreachable() });
    const refused = expect(waiting).rejects.toThrow('did not answer');

    await clock.advance(limit.limitMs);
    await refused;
    call.reject(new Error('too late to matter'));
    await clock.settle();
  });
});

describe('waitAtMost', () => {
  test('resolves to undefined when the limit is over', async () => {
    const clock = new VirtualClock();
    const waiting = waitAtMost(clock, 1_000, new Promise<string>(() => {}));

    await clock.advance(1_000);

    await expect(waiting).resolves.toBeUndefined();
  });

  test('resolves to what comes in time', async () => {
    const clock = new VirtualClock();

    await expect(waitAtMost(clock, 1_000, Promise.resolve('result'))).resolves.toBe('result');

    expect(clock.sleeperCount).toBe(0);
  });
});
