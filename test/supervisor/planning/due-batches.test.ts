import { expect, test } from 'vitest';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { DueBatches } from '../../../src/supervisor/planning/due-batches.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { registered } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';

function schedule(key: string, priority = 1_000): LiveSchedule {
  const state = fold(undefined, registered(0, { key })) as ScheduleState;
  return liveSchedule({ ...define(key, every(1_000)), priority }, state);
}

function drained(batches: DueBatches): string[] {
  const keys: string[] = [];
  for (let next = batches.take(); next !== undefined; next = batches.take()) keys.push(next.definition.key);
  return keys;
}

test('a tick keeps its order', () => {
  const batches = new DueBatches();
  batches.add([schedule('p/a'), schedule('p/b'), schedule('p/c')]);
  expect(batches.size).toBe(3);
  expect(drained(batches)).toEqual(['p/a', 'p/b', 'p/c']);
  expect(batches.isEmpty).toBe(true);
});

test('what a later tick finds does not wait for all that an earlier one found', () => {
  const batches = new DueBatches();
  batches.add(Array.from({ length: 1_000 }, (_, index) => schedule(`herd/${index}`)));
  batches.take();
  batches.add([schedule('p/late')]);
  expect([batches.take(), batches.take()].map((taken) => taken?.definition.key)).toContain('p/late');
  expect(drained(batches)).toHaveLength(998);
});

test('a better priority goes first, whichever tick found it', () => {
  const batches = new DueBatches();
  batches.add([schedule('p/a', 5), schedule('p/b', 5)]);
  batches.add([schedule('p/c', 1), schedule('p/d', 9)]);
  batches.add([schedule('p/e', 5)]);
  const keys = drained(batches);
  expect(keys[0]).toBe('p/c');
  expect(keys.at(-1)).toBe('p/d');
  expect(keys.toSorted()).toEqual(['p/a', 'p/b', 'p/c', 'p/d', 'p/e']);
  expect(keys.indexOf('p/a')).toBeLessThan(keys.indexOf('p/b'));
});

test('nothing is left after it was cleared', () => {
  const batches = new DueBatches();
  batches.add([]);
  expect(batches.isEmpty).toBe(true);
  batches.add([schedule('p/a')]);
  batches.clear();
  expect([batches.size, batches.take()]).toEqual([0, undefined]);
});
