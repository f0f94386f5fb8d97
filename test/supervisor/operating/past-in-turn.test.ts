import { expect, test } from 'vitest';
import type { OperatedNode } from '../../../src/supervisor/operating/operated-node.ts';
import { pastInTurn } from '../../../src/supervisor/operating/past-in-turn.ts';

test('reads the past one after the other, also after one that fails', async () => {
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  const read = (name: string): Promise<never> => {
    begun.push(name);
    return new Promise((_resolve, reject) => ends.push(() => reject(new Error(name))));
  };
  const past = pastInTurn({
    history: () => read('history'),
    explain: () => read('explain'),
    life: () => read('life'),
  } satisfies OperatedNode['past']);
  const reads = Promise.allSettled([past.history({}), past.explain('p/s', 1), past.life('p/s')]);
  for (const expected of [['history'], ['history', 'explain'], ['history', 'explain', 'life']]) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(begun).toEqual(expected);
    ends.at(-1)?.();
  }
  expect((await reads).map((settled) => settled.status === 'rejected' && settled.reason.message)).toEqual([
    'history',
    'explain',
    'life',
  ]);
});
