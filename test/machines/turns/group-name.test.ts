import { expect, test } from 'vitest';
import { capacityOf, DRAINING_GROUP, groupIdOf, groupName } from '../../../src/machines/turns/group-name.ts';

test('a name has the group and what the node may execute at a time', () => {
  const name = groupName('2-0b5c', 8);
  expect([groupIdOf(name), capacityOf(name)]).toEqual(['2-0b5c', 8]);
  expect(groupIdOf(groupName('2-0b5c', 16))).toBe(groupIdOf(name));
});

test('a name from a node that says nothing of its capacity is the group', () => {
  const name = groupName('2-0b5c', undefined);
  expect([name, groupIdOf(name), capacityOf(name)]).toEqual(['2-0b5c', '2-0b5c', null]);
});

test('a node that is draining may execute nothing more', () => {
  expect([groupIdOf(DRAINING_GROUP), capacityOf(DRAINING_GROUP)]).toEqual([DRAINING_GROUP, 0]);
});

test.each(['', '/', 'a/b', '/-1', 'x/1e3', 'x/99999999999'])('a strange name %j is taken as a group', (name) => {
  expect([groupIdOf(name), capacityOf(name)]).toEqual([name, null]);
});
