import { describe, expect, test } from 'vitest';
import { ScheduleGroup } from '../../../src/machines/turns/schedule-group.ts';

function idOf(keys: readonly string[]): string {
  const group = new ScheduleGroup();
  for (const key of keys) group.add(key);
  return group.id;
}

const keys = Array.from({ length: 500 }, (_, index) => `plugin-${index % 7}/schedule-${index}`);

describe('ScheduleGroup', () => {
  test('has the same id for the same keys in any order, however it came to them', () => {
    const group = new ScheduleGroup();
    for (const key of [...keys, 'p/gone']) group.add(key);
    group.remove('p/gone');
    expect(group.id).toBe(idOf(keys.toReversed()));
    expect(group.size).toBe(keys.length);
    for (const key of keys) group.remove(key);
    expect(group.id).toBe(idOf([]));
  });

  test('has another id for each other set of keys', () => {
    const ids = keys.flatMap((key, index) => [idOf([key]), idOf(keys.slice(0, index)), idOf(['p/s', key])]);
    expect(new Set(ids).size).toBe(ids.length - 1);
  });
});
