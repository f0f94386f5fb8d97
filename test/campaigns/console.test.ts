/** The part of `npm run campaign:console` that is quick. */
import { expect, test } from 'vitest';
import { ATTACKS, attackAll, tableOf } from './console/campaign.ts';

test('attacks have names of their own, and there are many of them', () => {
  const names = ATTACKS.map(({ kind, name }) => `${kind}: ${name}`);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThanOrEqual(150);
});

test('no attack gets in, changes anything or ends the process', async () => {
  const attacks = ATTACKS.filter(({ kind, isSlow }) => kind !== 'floods' && isSlow !== true);
  const results = await attackAll(attacks);
  const harms = results.flatMap(({ attack, harms: done }) => done.map((one) => ({ ...one, of: attack.name })));
  expect(harms, tableOf(results)).toEqual([]);
}, 180_000);
