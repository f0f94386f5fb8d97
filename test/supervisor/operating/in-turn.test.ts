import { expect, test } from 'vitest';
import { InTurn } from '../../../src/supervisor/operating/in-turn.ts';

test('long work is done one piece after the other, also after one that failed', async () => {
  const turns = new InTurn();
  const seen: string[] = [];
  const piece = (name: string) => async (): Promise<string> => {
    seen.push(`${name} begins`);
    await Promise.resolve();
    seen.push(`${name} ends`);
    if (name === 'b') throw new Error('b has failed');
    return name;
  };
  const all = await Promise.allSettled(['a', 'b', 'c'].map((name) => turns.do(piece(name))));
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  expect(all).toMatchObject([{ value: 'a' }, { reason: { message: 'b has failed' } }, { value: 'c' }]);
});
