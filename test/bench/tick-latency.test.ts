import { describe, expect, test } from 'vitest';
import { DEFAULT_LOAD, measureLatency } from '../../bench/tick-latency/bench.ts';
import type { PhaseSummary } from '../../bench/tick-latency/phase-summary.ts';

interface Figures {
  readonly phases: readonly PhaseSummary[];
  readonly ratios: Readonly<Record<string, { readonly p50: number; readonly p99: number }>>;
}

describe('the load benchmark', () => {
  test('measures every system under the same load, and Escapement misses nothing', { timeout: 60_000 }, async () => {
    const load = { ...DEFAULT_LOAD, schedules: 3, workMs: 1, duty: 0.3, chunkMs: 20, durationMs: 2_000 };
    const { parameters, figures, tables, pictures = {} } = await measureLatency(load);
    const { phases, ratios } = JSON.parse(JSON.stringify(figures)) as Figures;

    expect(parameters).toEqual(load);
    expect(phases.map(({ system, arrivals, expected }) => [system, arrivals, expected])).toEqual([
      ['escapement', 'burst', 6],
      ['node-cron', 'burst', 6],
      ['croner', 'burst', 6],
      ['escapement', 'spread', 6],
    ]);
    const ours = phases.filter(({ system }) => system === 'escapement');
    expect(ours.map(({ missed, repeated }) => ({ missed, repeated }))).toEqual(
      ours.map(() => ({ missed: 0, repeated: 0 })),
    );
    for (const { startLatenessMs, parts } of ours) {
      expect(startLatenessMs.count).toBe(6);
      expect(Object.keys(parts ?? {})).toEqual(['tickMs', 'lockMs', 'queueMs', 'startMs', 'totalMs']);
    }
    expect(Object.keys(ratios)).toEqual(['node-cron', 'croner']);
    expect(tables).toHaveLength(2);
    for (const picture of Object.values(pictures)) expect(picture).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});
