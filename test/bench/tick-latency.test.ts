import { describe, expect, test } from 'vitest';
import { measureLatency, tickLatencyBenchmark } from '../../bench/tick-latency/bench.ts';
import type { PhaseSummary } from '../../bench/tick-latency/phase-summary.ts';
import type { LatencySum } from '../../bench/tick-latency/tables.ts';
import type { Variant } from '../../bench/tick-latency/variants.ts';

interface Figures {
  readonly sums: readonly LatencySum[];
  readonly phases: readonly PhaseSummary[];
}

const SMALL = { schedules: 3, workMs: 1, threads: 2, busyMs: 20, freeMs: 47 } as const;
const VARIANTS: readonly Variant[] = [
  {
    name: 'burst',
    load: { ...SMALL, arrivals: 'burst' },
    systems: ['escapement', 'node-cron', 'croner', 'node-cron background'],
  },
  { name: 'spread', load: { ...SMALL, arrivals: 'spread' }, systems: ['escapement'] },
];

describe('the load benchmark', () => {
  test('measures every system under the same load, and Escapement misses nothing', { timeout: 90_000 }, async ({
    skip,
  }) => {
    skip(tickLatencyBenchmark.missing?.() != null, 'Node 22 cannot tell the CPU time of a thread');
    const { figures, tables, pictures = {} } = await measureLatency(VARIANTS, { rounds: 1, durationMs: 2_000 });
    const { sums, phases } = JSON.parse(JSON.stringify(figures)) as Figures;

    const named = (each: LatencySum | PhaseSummary) => [each.variant, each.system, each.expected];
    expect(phases.map(named)).toEqual([
      ['burst', 'escapement', 6],
      ['burst', 'node-cron', 6],
      ['burst', 'croner', 6],
      ['burst', 'node-cron background', 6],
      ['spread', 'escapement', 6],
    ]);
    expect(sums.map(named)).toEqual(phases.map(named));
    const ours = phases.filter(({ system }) => system === 'escapement');
    expect(ours.map(({ missed, repeated }) => ({ missed, repeated }))).toEqual(
      ours.map(() => ({ missed: 0, repeated: 0 })),
    );
    for (const { startLatenessMs, parts } of ours) {
      expect(startLatenessMs.count).toBe(6);
      expect(Object.keys(parts ?? {})).toEqual(['tickMs', 'lockMs', 'queueMs', 'startMs', 'totalMs']);
    }
    expect(phases.map(({ startLatenessMs }) => startLatenessMs.count > 0)).toEqual(phases.map(() => true));
    expect(tables).toHaveLength(2);
    expect(Object.keys(pictures)).toEqual(['tick-latency-burst.svg', 'tick-latency-spread.svg']);
    for (const picture of Object.values(pictures)) expect(picture).toMatch(/^<svg .*<\/svg>\n$/s);
  });
});
