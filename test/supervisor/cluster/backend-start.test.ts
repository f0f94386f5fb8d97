import { describe, expect, test } from 'vitest';
import { BackendStart, type BackendStartParts } from '../../../src/supervisor/cluster/backend-start.ts';
import type { ScheduleDefinition } from '../../../src/supervisor/schedules/definition.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

const LOCKING = { name: 'own', warnings: [{ code: 'lock-backend-evicts', message: 'keys may go' }] };

function declared(...hints: ScheduleDefinition['locking'][]): ScheduleDefinition[] {
  return hints.map((locking, index) => ({ key: `p/${index}`, locking, times: { cron: '5m' } }) as ScheduleDefinition);
}

/** A node that starts, with locks that open when the test says so. */
function node(given: Partial<BackendStartParts> = {}) {
  const clock = new VirtualClock();
  const opened = Promise.withResolvers<void>();
  const whenOpen = Promise.withResolvers<void>();
  const steps: string[] = [];
  const start = new BackendStart({
    clock,
    locking: LOCKING as never,
    opening: { opened: opened.promise, whenOpen: whenOpen.promise },
    isCluster: true,
    isStoreShared: false,
    clockWatch: { start: async () => void steps.push('clock'), listen: () => void steps.push('listen') },
    warn: ({ code }) => void steps.push(code),
    ...given,
  });
  return { clock, opened, whenOpen, steps, start };
}

describe('BackendStart', () => {
  test('reads the clock first when the locks open in a moment, whatever is declared', async () => {
    const { opened, steps, start, clock } = node();
    const begun = start.begin();
    opened.resolve();
    await begun;
    expect(steps).toEqual(['clock']);
    await start.declared(declared('prefer-global'));
    await start.declared(declared('require-global'));
    expect([steps, clock.sleeperCount]).toEqual([['clock'], 0]);
  });

  test('goes on after a second, and reads the clock once the locks are open if a schedule needs them', async () => {
    const { clock, opened, steps, start } = node();
    await clock.advanceUntil(start.begin());
    expect([steps, clock.monotonicMs()]).toEqual([[], 1_000]);
    const needed = start.declared(declared('node-local', 'require-global'));
    await clock.settle();
    expect(steps).toEqual([]);
    opened.resolve();
    await needed;
    expect(steps).toEqual(['clock']);
  });

  test.each([
    ['one that needs them', declared('require-global')],
    ['none yet', declared()],
  ])('rejects with what is wrong with the locks, with %s of the schedules', async (_, definitions) => {
    const { opened, steps, start } = node();
    const refusal = new Error('connect ECONNREFUSED');
    opened.reject(refusal);
    await start.begin();
    await expect(start.declared(definitions)).rejects.toBe(refusal);
    expect(steps).toEqual([]);
  });

  test('starts without them when all schedules only prefer them, and warns when they are open', async () => {
    const { clock, opened, whenOpen, steps, start } = node();
    opened.reject(new Error('connect ECONNREFUSED'));
    await start.begin();
    const definitions = declared('prefer-global', 'node-local');
    await start.declared(definitions);
    start.begun(definitions);
    expect(steps).toEqual(['listen']);
    whenOpen.resolve();
    await clock.settle();
    expect(steps).toEqual(['listen', 'lock-backend-evicts']);
  });

  test.each<[string, Partial<BackendStartParts>, string, ScheduleDefinition['locking'], number]>([
    ['nodes share locks alone', {}, '@every 5m', 'require-global', 1],
    ['nodes share locks alone, and a schedule prefers them', {}, '@EVERY 1h30m', 'prefer-global', 1],
    ['nodes share a store', { isStoreShared: true }, '@every 5m', 'require-global', 0],
    ['nodes share nothing', { locking: null, isCluster: false }, '@every 5m', 'require-global', 0],
    ['each node runs it for itself', {}, '@every 5m', 'node-local', 0],
    ['all nodes count it from the same instant', {}, '5m', 'require-global', 0],
  ])('when %s, warns of @every as often as it should', (_, own, cron, locking, count) => {
    const { steps, start } = node({ ...own, opening: { opened: Promise.resolve(), whenOpen: new Promise(() => {}) } });
    start.begun([{ key: 'p/s', locking, times: { cron } } as ScheduleDefinition]);
    expect(steps.filter((code) => code === 'counted-apart')).toHaveLength(count);
  });

  test('names the schedules whose nodes count apart, and says what to do', () => {
    const messages: string[] = [];
    const { start } = node({ warn: ({ message }) => void messages.push(message) });
    const keys = Array.from({ length: 12 }, (_, index) => `p/s${index}`);
    start.begun(
      keys.map((key) => ({ key, locking: 'require-global', times: { cron: '@every 5m' } }) as ScheduleDefinition),
    );
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(
      /"p\/s0", .*"p\/s9" and 2 more at times of its own\..*an interval such as "5m".*share a store/,
    );
  });

  test('reads the clock of a shared store without the locks, and waits for them all the same if they are needed', async () => {
    const { opened, steps, start } = node({ isStoreShared: true });
    await start.begin();
    expect(steps).toEqual(['clock']);
    await start.declared(declared('prefer-global'));
    opened.reject(new Error('connect ECONNREFUSED'));
    await expect(start.declared(declared('require-global'))).rejects.toThrow('ECONNREFUSED');
  });
});
