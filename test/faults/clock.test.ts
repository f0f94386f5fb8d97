/** The wall clock is set, by a little and by decades: nothing runs twice, no cursor falls, no burst. */
import { describe, expect, test } from 'vitest';
import { define, every, missedRules, VirtualEngine } from '../support/virtual-engine.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const POLICIES = ['skip', 'run-once', 'run-all'] as const;

/** An engine with a schedule a minute for each policy, ten minutes after its start. */
async function running(): Promise<VirtualEngine> {
  const node = new VirtualEngine();
  node.start(...POLICIES.map((policy) => define(`p/${policy}`, every(MINUTE), { missed: missedRules(policy) })));
  await node.clock.advance(10 * MINUTE + 1_000);
  return node;
}

function cursors(node: VirtualEngine): number[] {
  return node.ledger.schedules().map(({ cursorMs }) => cursorMs);
}

function runsTwice(node: VirtualEngine): number {
  const occurrences = node.runs.map(({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  return occurrences.length - new Set(occurrences).size;
}

describe('a clock that is set', () => {
  test.each([
    ['an hour back', -HOUR],
    ['a day back', -DAY],
    ['to 1970', -Date.UTC(2026, 0, 1)],
  ])('%s starts nothing until that time has come again', async (_name, byMs) => {
    const node = await running();
    const before = cursors(node);
    const ran = node.runs.length;
    node.clock.stepWall(byMs);
    await node.clock.advance(30 * MINUTE);
    expect(node.runs.length).toBe(ran);
    node.clock.stepWall(-byMs);
    await node.clock.advance(2 * MINUTE);
    expect(node.runs.length).toBeGreaterThan(ran);
    expect(runsTwice(node)).toBe(0);
    expect(cursors(node).every((cursorMs, index) => cursorMs >= (before[index] ?? 0))).toBe(true);
    expect(node.unaccounted()).toEqual([]);
    expect(node.warnings.map(({ code }) => code)).toContain('clock-jumped');
  });

  test.each([
    ['an hour ahead', HOUR, 60],
    ['a day ahead', DAY, 1_440],
  ])('%s counts what lies between as missed, each policy in its way', async (_name, byMs, missed) => {
    const node = await running();
    const ranBefore = node.runs.length;
    node.clock.stepWall(byMs);
    await node.clock.advance(2 * MINUTE);
    const caughtUp = (policy: string): number =>
      node.runs.slice(ranBefore).filter(({ key, isCatchup }) => key === `p/${policy}` && isCatchup).length;
    expect(caughtUp('skip')).toBe(0);
    expect(caughtUp('run-once')).toBeLessThanOrEqual(1);
    expect(caughtUp('run-all')).toBeGreaterThanOrEqual(missed - 1);
    expect(runsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
  });

  test('by a drift of one in a thousand misses nothing', async () => {
    const node = await running();
    for (let minute = 0; minute < 60; minute++) {
      await node.clock.advance(MINUTE);
      node.clock.stepWall(minute % 2 === 0 ? 60 : -55);
    }
    expect(node.decisions).toEqual([]);
    expect(node.runs.every(({ isCatchup }) => !isCatchup)).toBe(true);
    expect(runsTwice(node)).toBe(0);
  });
});
