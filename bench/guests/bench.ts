import type { RunPool } from '../../src/supervisor/ports/run-pool.ts';
import type { PluginSource } from '../../src/workers/protocol.ts';
import { GuestFolder, type GuestText } from '../../test/support/guest-text.ts';
import type { Benchmark } from '../bench.ts';
import { compilePackage } from '../compiled.ts';
import { emptyRun, newPool } from '../isolation/pools.ts';
import { inLanes, perSecond } from '../lanes.ts';
import { interleaved, ratioOf, spreadOf, spreadText } from '../rounds.ts';

const THREADS = 2;
const LANES = 64;
const MODULE = 'a module';

/** What a guest does that reads the context of its run, as every real one does. */
const READS: GuestText = {
  run: `(local.set $b (call $input_length))
    (block $done (loop $next
      (br_if $done (i64.gt_u (i64.add (local.get $a) (i64.const 8)) (local.get $b)))
      (drop (call $input_load_u64 (local.get $a)))
      (local.set $a (i64.add (local.get $a) (i64.const 8)))
      (br $next)))
    (i32.const 0)`,
};

interface Measured {
  /** An empty run on a thread that has nothing else to do, there and back, in milliseconds. */
  readonly roundTripMs: number;
  readonly runsPerSecond: number;
}

/** What a run of a WASM guest costs, beside a run of a module. */
export const guestsBenchmark: Benchmark = {
  name: 'guests',
  summary: 'empty runs of WASM guests, with kept and fresh instances, beside those of a module',
  run: async ({ isQuick }) => {
    compilePackage();
    using folder = new GuestFolder();
    const reads = folder.add(READS);
    const guest = (module: string, more: Partial<PluginSource>): PluginSource => {
      return { id: JSON.stringify([module, more]), module, resolveFrom: module, options: null, ...more };
    };
    const sources: Readonly<Record<string, PluginSource | undefined>> = {
      [MODULE]: undefined,
      'a guest, kept instance': guest(reads, { instance: 'kept' }),
      'a guest, kept instance, not counted': guest(reads, { instance: 'kept', isUnmetered: true }),
      'a guest, fresh instances': guest(reads, {}),
    };
    const rounds = isQuick ? 2 : 5;
    const durationMs = isQuick ? 1_000 : 4_000;
    const variants = Object.entries(sources).map(
      ([name, source]) => [name, () => measured(source, durationMs)] as const,
    );
    const results = await interleaved<string, Measured>(rounds, Object.fromEntries(variants));
    const rates = (name: string): number[] => (results[name] ?? []).map(({ runsPerSecond }) => runsPerSecond);
    const trips = (name: string): number[] => (results[name] ?? []).map(({ roundTripMs }) => roundTripMs);
    const figures = Object.fromEntries(
      Object.keys(sources).map((name) => [
        name,
        {
          roundTripMs: spreadOf(trips(name)),
          moreThanModuleMs: spreadOf(trips(name).map((ms, round) => ms - (trips(MODULE)[round] ?? Number.NaN))),
          runsPerSecond: spreadOf(rates(name)),
          toModule: ratioOf(rates(name), rates(MODULE)),
        },
      ]),
    );
    return {
      parameters: { rounds, durationMs, threads: THREADS, lanes: LANES },
      figures,
      tables: [
        {
          title: `empty runs: median (min–max) of ${rounds} rounds; ${LANES} in flight on ${THREADS} threads`,
          columns: ['', 'round trip, ms', 'more than a module, ms', 'runs/s', 'ratio to a module'],
          rows: Object.entries(figures).map(([name, each]) => [
            name,
            spreadText(each.roundTripMs),
            name === MODULE ? '–' : spreadText(each.moreThanModuleMs),
            spreadText(each.runsPerSecond),
            name === MODULE ? '1' : spreadText(each.toModule),
          ]),
        },
      ],
    };
  },
};

async function measured(source: PluginSource | undefined, durationMs: number): Promise<Measured> {
  const roundTripMs = await withPool(1, source, async (pool) => {
    const fromMs = performance.now();
    const count = await inLanes(1, fromMs + durationMs / 4, () => emptyRun(pool, source));
    return (performance.now() - fromMs) / count;
  });
  const runsPerSecond = await withPool(THREADS, source, async (pool) => {
    const fromMs = performance.now();
    return perSecond(await inLanes(LANES, fromMs + durationMs, () => emptyRun(pool, source)), fromMs);
  });
  return { roundTripMs, runsPerSecond };
}

/** Warm: V8 has compiled what a run executes. */
async function withPool<T>(size: number, source: PluginSource | undefined, measure: (pool: RunPool) => Promise<T>) {
  const pool = newPool('thread', size);
  try {
    await inLanes(LANES, performance.now() + 300, () => emptyRun(pool, source));
    return await measure(pool);
  } finally {
    await pool.close();
  }
}
