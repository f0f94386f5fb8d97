import type { RunPool } from '../../src/supervisor/ports/run-pool.ts';
import type { Isolation } from '../../src/workers/protocol.ts';
import type { Benchmark } from '../bench.ts';
import { compilePackage } from '../compiled.ts';
import { rounded } from '../distribution.ts';
import { sharedOut } from '../process-tree.ts';
import { emptyRun, newPool } from './pools.ts';

const MIB = 1_024 * 1_024;
const SLOTS = 4;

interface Price {
  readonly isolation: Isolation;
  /** From the dispatch to `run()`, in a worker that does not exist yet. */
  readonly coldMs: Spread;
  /** An empty run in a warm worker, there and back. */
  readonly warmMs: Spread;
  readonly runsPerSecond: number;
  /** What one more warm worker adds to the memory of the machine. Null where the system does not say. */
  readonly slotMiB: number | null;
}

interface Spread {
  readonly best: number;
  readonly p50: number;
  readonly p90: number;
}

/** Measures what a run in a process costs, beside a run in a thread. */
export const isolationBenchmark: Benchmark = {
  name: 'isolation',
  summary: 'runs in threads and in processes: cold start, round trip, throughput, memory',
  run: async ({ isQuick }) => {
    const counts = isQuick ? { cold: 5, warm: 300, many: 1_000 } : { cold: 20, warm: 3_000, many: 10_000 };
    compilePackage();
    const prices: Price[] = [];
    for (const isolation of ['thread', 'process'] as const) {
      prices.push({
        isolation,
        slotMiB: await slotMiB(isolation),
        coldMs: await coldMs(isolation, counts.cold),
        warmMs: await withPool(isolation, 1, (pool) => warmMs(pool, counts.warm)),
        runsPerSecond: await withPool(isolation, 2, (pool) => runsPerSecond(pool, counts.many)),
      });
    }
    return {
      parameters: { ...counts, slots: SLOTS },
      figures: prices,
      tables: [
        {
          title: 'milliseconds: best / p50 / p90',
          columns: ['runs in', 'cold start', 'warm round trip', 'runs/s, 2 slots', 'MiB a slot'],
          rows: prices.map((price) => [
            price.isolation,
            spreadText(price.coldMs),
            spreadText(price.warmMs),
            Math.round(price.runsPerSecond),
            price.slotMiB ?? '–',
          ]),
        },
      ],
    };
  },
};

async function withPool<T>(isolation: Isolation, size: number, measure: (pool: RunPool) => Promise<T>): Promise<T> {
  const pool = newPool(isolation, size);
  try {
    await Promise.all(Array.from({ length: size }, () => emptyRun(pool)));
    return await measure(pool);
  } finally {
    await pool.close();
  }
}

async function coldMs(isolation: Isolation, count: number): Promise<Spread> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const pool = newPool(isolation, 1);
    const { start } = await emptyRun(pool);
    times.push((start?.startedAtMonotonicMs ?? 0) - (start?.dispatchedAtMonotonicMs ?? 0));
    await pool.close();
  }
  return spreadOf(times);
}

async function warmMs(pool: RunPool, count: number): Promise<Spread> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const fromMs = performance.now();
    await emptyRun(pool);
    times.push(performance.now() - fromMs);
  }
  return spreadOf(times);
}

async function runsPerSecond(pool: RunPool, count: number): Promise<number> {
  const fromMs = performance.now();
  await Promise.all(Array.from({ length: count }, () => emptyRun(pool)));
  return (count * 1_000) / (performance.now() - fromMs);
}

/** What a worker adds that nobody else uses: pages that processes share count once. */
async function slotMiB(isolation: Isolation): Promise<number | null> {
  const pool = newPool(isolation, SLOTS);
  try {
    const before = sharedOut(process.pid);
    if (before === null) return null;
    const reports = await Promise.all(Array.from({ length: SLOTS }, () => emptyRun(pool)));
    const children = isolation === 'process' ? new Set(reports.map(({ start }) => start?.threadId ?? 0)) : [];
    let bytes = (sharedOut(process.pid) ?? 0) - before;
    for (const pid of children) bytes += sharedOut(pid) ?? 0;
    return rounded(bytes / SLOTS / MIB);
  } finally {
    await pool.close();
  }
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => rounded(sorted[Math.floor((sorted.length - 1) * share)] ?? 0);
  return { best: at(0), p50: at(0.5), p90: at(0.9) };
}

function spreadText({ best, p50, p90 }: Spread): string {
  return `${best} / ${p50} / ${p90}`;
}
