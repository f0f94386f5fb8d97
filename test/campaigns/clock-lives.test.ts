/** A part of `npm run soak:clocks`, and whether its audit finds what it is to find. */
import { describe, expect, test } from 'vitest';
import { auditClockLife } from './clock-lives/clock-audit.ts';
import { type ClockLife, type Happening, liveByWrongClocks } from './clock-lives/clock-life.ts';
import { auditCluster } from './cluster/cluster-audit.ts';
import { liveThrough } from './cluster/cluster-life.ts';

/** In the life of the last one a run is waiting for a thread while the clock is set back. */
const SEEDS = [3, 6, 9, 12, 15, 30_291];

type Start = Extract<Happening, { what: 'start' }>;

/** A start of an interval's occurrence, on time and long before the end. */
function ordinaryStart({ happenings }: ClockLife): Start {
  const starts = happenings.filter((each): each is Start => each.what === 'start' && each.key === 'p/interval-skip');
  return starts.find((start, index) => {
    const around = [starts[index - 3], starts[index + 12]];
    return around.every((each) => each !== undefined && Math.abs(each.atMs - start.atMs) < 60_000);
  }) as Start;
}

function problemsWith(life: ClockLife, happenings: readonly Happening[]): readonly string[] {
  return auditClockLife({ ...life, happenings }).problems;
}

describe('a node whose wall clock is set, and whose process dies', () => {
  test.each(SEEDS)('gives every occurrence one outcome, and starts none twice in a pass (seed %i)', async (seed) => {
    const { problems, occurrences } = auditClockLife(await liveByWrongClocks({ seed, troubles: 8 }));
    expect(problems).toEqual([]);
    expect(occurrences).toBeGreaterThan(100);
  });

  test('goes through the same occurrences more than once', async () => {
    const audits = await Promise.all(
      SEEDS.map(async (seed) => auditClockLife(await liveByWrongClocks({ seed, troubles: 8 }))),
    );
    expect(audits.reduce((sum, { repeats }) => sum + repeats, 0)).toBeGreaterThan(20);
  });
});

describe('nodes that share a backend', () => {
  test.each([
    { seed: 4, backend: 'locking' as const },
    { seed: 5, backend: 'store' as const },
    { seed: 7, backend: 'locking' as const },
    { seed: 8, backend: 'store' as const },
  ])('go by its clock, whatever their own say (seed $seed, $backend)', async (which) => {
    const life = await liveThrough({ ...which, schedules: 6, storms: 2, hasWildClocks: true });
    const { problems, occurrences } = auditCluster(life);
    expect(problems).toEqual([]);
    expect(occurrences).toBeGreaterThan(100);
  });
});

describe('the audit of a clock that was set', () => {
  test('misses a start that did not take place', async () => {
    const life = await liveByWrongClocks({ seed: 3, troubles: 8 });
    const start = ordinaryStart(life);
    const left = life.happenings.filter(
      (each) => !('runId' in each && each.runId === start.runId) && !isEndOf(each, start),
    );
    expect(problemsWith(life, left)).toEqual([expect.stringMatching(/p\/interval-skip@.* has no outcome/)]);
  });

  test('finds a second start in the same pass, and one before its time', async () => {
    const life = await liveByWrongClocks({ seed: 3, troubles: 8 });
    const start = ordinaryStart(life);
    const index = life.happenings.indexOf(start);
    const twice = life.happenings.toSpliced(index + 1, 0, { ...start, runId: 'another' });
    expect(problemsWith(life, twice)).toEqual([expect.stringMatching(/p\/interval-skip .* began twice/)]);
    const early = life.happenings.toSpliced(index, 1, { ...start, atMs: start.atMs - 500 });
    expect(problemsWith(life, early)).toEqual([expect.stringMatching(/p\/interval-skip@.* started early/)]);
  });

  test('finds an outcome that was not counted', async () => {
    const life = await liveByWrongClocks({ seed: 3, troubles: 8 });
    const statuses = life.statuses.map((status) => ({
      ...status,
      state: 'idle' as const,
      dueCount: status.dueCount + 1,
    }));
    expect(auditClockLife({ ...life, statuses }).problems).toHaveLength(statuses.length);
  });
});

function isEndOf(happening: Happening, { runId }: Start): boolean {
  return happening.what === 'end' && happening.record.runId === runId;
}
