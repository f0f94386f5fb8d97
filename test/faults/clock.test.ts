/** The wall clock is set, by a little and by decades: each occurrence starts once in each pass, and there is no burst. */
import { describe, expect, test } from 'vitest';
import { define, every, missedRules, VirtualEngine } from '../support/virtual-engine.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365.25 * DAY;
const TO_1970 = -Date.UTC(2026, 0, 1);
const POLICIES = ['skip', 'run-once', 'run-all'] as const;
const FIXED = 'p/fixed';

/**
 * An engine with a schedule a minute for each policy, and one of fixed times, ten minutes after its start and at no
 * minute.
 */
async function running(): Promise<VirtualEngine> {
  const node = new VirtualEngine();
  const byPolicy = POLICIES.map((policy) => define(`p/${policy}`, every(MINUTE), { missed: missedRules(policy) }));
  node.start(...byPolicy, define(FIXED, { ...every(MINUTE), isFixedTime: true }));
  await node.clock.advance(10 * MINUTE + 30 * SECOND);
  return node;
}

function startsTwice(node: VirtualEngine): number {
  const starts = node.runs.map(({ key, scheduledAtMs, pass }) => `${key}@${scheduledAtMs}/${pass ?? 1}`);
  return starts.length - new Set(starts).size;
}

/** How often each schedule ran since there were so many runs. */
function ranSince(node: VirtualEngine, count: number): Record<string, number> {
  const ran: Record<string, number> = { [FIXED]: 0, 'p/skip': 0, 'p/run-once': 0, 'p/run-all': 0 };
  for (const { key } of node.runs.slice(count)) ran[key] = (ran[key] ?? 0) + 1;
  return ran;
}

function codes(node: VirtualEngine): string[] {
  return node.warnings.map(({ code }) => code);
}

describe('a clock that is set back', () => {
  test.each([
    ['5 s', -5 * SECOND, 30],
    ['1 min 20 s', -80 * SECOND, 29],
    ['an hour', -HOUR, 0],
    ['3 h', -3 * HOUR, 0],
    ['4 h', -4 * HOUR, 30],
    ['a day', -DAY, 30],
    ['10 years', -10 * YEAR, 30],
    ['to 1970', TO_1970, 30],
  ])('by %s: intervals go on at once, fixed times only in a new calendar', async (_name, byMs, fixed) => {
    const node = await running();
    const ran = node.runs.length;
    node.clock.stepWall(byMs);
    await node.clock.advance(30 * MINUTE);
    expect(ranSince(node, ran)).toEqual({ [FIXED]: fixed, 'p/skip': 30, 'p/run-once': 30, 'p/run-all': 30 });
    expect(node.decisions).toEqual([]);
    expect(startsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
    expect(codes(node)).toEqual(['clock-jumped']);
    expect(node.runs.every(({ startedAtMs, dueAtMs }) => startedAtMs >= dueAtMs)).toBe(true);
  });

  test.each([
    ['an hour', -HOUR],
    ['a day', -DAY],
    ['10 years', -10 * YEAR],
    ['to 1970', TO_1970],
  ])('by %s and right again after half an hour: what ran before is not missed', async (_name, byMs) => {
    const node = await running();
    node.clock.stepWall(byMs);
    await node.clock.advance(30 * MINUTE);
    const ran = node.runs.length;
    node.clock.stepWall(-byMs);
    await node.clock.advance(2 * MINUTE);
    // 30 minutes have passed since the last run before the step, and two more since.
    expect(ranSince(node, ran)).toEqual({ [FIXED]: 3, 'p/skip': 2, 'p/run-once': 3, 'p/run-all': 32 });
    const missed = node.decisions.map(({ key, outcome, count }) => `${key} ${outcome} ${count}`).sort();
    expect(missed).toEqual([`${FIXED} missed-skipped 29`, 'p/run-once missed-skipped 29', 'p/skip missed-skipped 30']);
    expect(startsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
  });

  test('by a few seconds again and again, as time servers do, repeats nothing', async () => {
    const node = await running();
    for (let minute = 0; minute < 60; minute++) {
      await node.clock.advance(MINUTE);
      node.clock.stepWall(-9 * SECOND);
    }
    expect(node.decisions).toEqual([]);
    expect(node.runs.every(({ pass, isCatchup }) => pass === undefined && !isCatchup)).toBe(true);
    expect(startsTwice(node)).toBe(0);
  });

  test('by a drift of one in a thousand misses nothing', async () => {
    const node = await running();
    for (let minute = 0; minute < 60; minute++) {
      await node.clock.advance(MINUTE);
      node.clock.stepWall(minute % 2 === 0 ? 60 : -55);
    }
    expect(node.decisions).toEqual([]);
    expect(node.runs.every(({ isCatchup }) => !isCatchup)).toBe(true);
    expect(startsTwice(node)).toBe(0);
  });

  test('twice within the repeated hour begins a pass each time', async () => {
    const node = await running();
    for (let step = 0; step < 2; step++) {
      node.clock.stepWall(-HOUR);
      await node.clock.advance(30 * MINUTE);
    }
    await node.clock.advance(2 * HOUR);
    const passes = new Set(node.runs.filter(({ key }) => key === 'p/run-all').map(({ pass = 1 }) => pass));
    expect([...passes].sort()).toEqual([1, 2, 3]);
    expect(node.decisions).toEqual([]);
    expect(startsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
  });

  test('while a run is under way: it goes on, and what falls due beside it is an overlap', async () => {
    const node = await running();
    node.pool.script = () => ({ durationMs: 5 * MINUTE });
    await node.clock.advance(MINUTE);
    node.clock.stepWall(-HOUR);
    await node.clock.advance(10 * MINUTE);
    node.pool.script = () => ({ durationMs: 1 });
    await node.clock.advance(2 * HOUR);
    expect(startsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
    expect(node.outcomes('p/run-once').overlap).toBeGreaterThan(0);
  });
});

describe('a clock that is set ahead', () => {
  test.each([
    ['5 s', 5 * SECOND, 0],
    ['an hour', HOUR, 60],
    ['a day', DAY, 1_440],
  ])('by %s counts what lies between as missed, each policy in its way', async (_name, byMs, missed) => {
    const node = await running();
    const ranBefore = node.runs.length;
    node.clock.stepWall(byMs);
    await node.clock.advance(2 * MINUTE);
    const caughtUp = (policy: string): number =>
      node.runs.slice(ranBefore).filter(({ key, isCatchup }) => key === `p/${policy}` && isCatchup).length;
    expect([caughtUp('skip'), caughtUp('run-once'), caughtUp('run-all')]).toEqual([0, Math.min(missed, 1), missed]);
    expect(startsTwice(node)).toBe(0);
    expect(node.unaccounted()).toEqual([]);
  });

  test('is a fact in the life of the schedules that it passed over', async () => {
    const node = await running();
    node.clock.stepWall(HOUR);
    await node.clock.advance(MINUTE);
    const [event] = node.ledger.facts('p/skip', 0).life;
    expect(event).toMatchObject({ kind: 'repositioned', position: { how: 'kept', byMs: HOUR } });
  });
});
