/** A part of `npm run campaign:guests` that is quick. */
import { describe, expect, test } from 'vitest';
import { ATTACKS, CONTROLS, QUICK } from './guests/attacks.ts';
import { type Finding, Prison } from './guests/prison.ts';
import { tableOf } from './guests/table.ts';

describe('hostile guests', () => {
  test('are many, each with a name of its own', () => {
    const names = ATTACKS.map(({ kind, grant, name }) => `${kind}/${grant}/${name}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(100);
  });

  test('reach what they were granted, and nothing else', async () => {
    await using prison = await Prison.open();
    for (const control of CONTROLS) expect((await prison.try(control)).breaches, control.name).toHaveLength(1);
    const findings: Finding[] = [];
    for (const attack of QUICK) findings.push(await prison.try(attack));
    const succeeded = findings.filter(({ breaches }) => breaches.length > 0);
    expect(
      succeeded.map(({ attack, breaches }) => [attack.name, breaches]),
      tableOf(findings),
    ).toEqual([]);
  }, 300_000);
});
