/**
 * What is counted of runs for those who watch the scheduler over time, as Prometheus does: by plugin, in fixed classes.
 * It is bounded, whatever is installed: beyond `MAX_PLUGINS` names, plugins are counted together.
 */
import { type Lateness, type Outcome, RUN_OUTCOMES, type RunRecord, SKIP_OUTCOMES } from '../../machines/run.ts';
import type { RunBudget } from '../ports/run-pool.ts';
import { FixedHistogram, type HistogramReport } from './fixed-histogram.ts';

/** How many plugins are counted by themselves. */
export const MAX_PLUGINS = 100;
/** The name of those that are counted together. No plugin can be called so: see `NAME_PATTERN`. */
export const OTHER_PLUGINS = '_other';

const LATENESS_MS = [
  ...[0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000],
];
const DURATION_MS = [
  ...[1, 5, 10, 25, 50, 100, 250, 500],
  ...[1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000],
];
const CPU_MS = [1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 60_000, 300_000];
/** Of a budget: above 1 it was exceeded. */
const SHARES = [0.1, 0.25, 0.5, 0.75, 0.9, 1];

const OUTCOMES: readonly Outcome[] = [...RUN_OUTCOMES, ...SKIP_OUTCOMES];
const PLACE_OF = new Map(OUTCOMES.map((outcome, place) => [outcome, place]));

export const LATENESS_PARTS = ['tick', 'lock', 'queue', 'start', 'total'] as const;
export type LatenessPart = (typeof LATENESS_PARTS)[number];

/** The limits of a run of which a share can be told. */
export const BUDGETS = ['wall', 'cpu', 'heap', 'fuel'] as const;
export type BudgetName = (typeof BUDGETS)[number];

/** How near the runs of a plugin came to one of their limits: 1 is all of it. Runs without the limit do not count. */
export interface BudgetReport {
  readonly max: number;
  readonly shares: HistogramReport;
}

/** What became of the occurrences of one plugin. */
export interface PluginReport {
  readonly plugin: string;
  /** Every outcome, also those that never occurred. */
  readonly outcomes: Readonly<Record<Outcome, number>>;
  /** How long its runs took, from the call of `run()` to its end, and how much CPU time they used, in milliseconds. */
  readonly durationMs: HistogramReport;
  readonly cpuMs: HistogramReport;
  readonly budgets: Readonly<Record<BudgetName, BudgetReport>>;
}

/** What a run has used. What was not measured is absent. */
export interface RunUsage {
  readonly wallMs: number;
  readonly cpuMs?: number | undefined;
  readonly heldBytes?: number | undefined;
  /** Instructions. */
  readonly fuel?: number | undefined;
}

/** How near the runs came to one limit. */
class BudgetUse {
  readonly #shares = new FixedHistogram(SHARES);
  #max = 0;

  /** Without a limit there is no share. */
  add(used: number | undefined, limit: number): void {
    if (used === undefined || !Number.isFinite(limit) || limit <= 0) return;
    const share = used / limit;
    this.#shares.add(share);
    if (share > this.#max) this.#max = share;
  }

  report(): BudgetReport {
    return { max: this.#max, shares: this.#shares.report() };
  }
}

class PluginFigures {
  readonly outcomes = new Float64Array(OUTCOMES.length);
  readonly durationMs = new FixedHistogram(DURATION_MS);
  readonly cpuMs = new FixedHistogram(CPU_MS);
  readonly wall = new BudgetUse();
  readonly cpu = new BudgetUse();
  readonly heap = new BudgetUse();
  readonly fuel = new BudgetUse();

  count(outcome: Outcome, count: number): void {
    const place = PLACE_OF.get(outcome) as number;
    this.outcomes[place] = (this.outcomes[place] as number) + count;
  }

  report(plugin: string): PluginReport {
    const { wall, cpu, heap, fuel } = this;
    const counts = OUTCOMES.map((outcome, place) => [outcome, this.outcomes[place] as number]);
    return {
      plugin,
      outcomes: Object.fromEntries(counts) as Record<Outcome, number>,
      durationMs: this.durationMs.report(),
      cpuMs: this.cpuMs.report(),
      budgets: { wall: wall.report(), cpu: cpu.report(), heap: heap.report(), fuel: fuel.report() },
    };
  }
}

export class RunFigures {
  readonly #plugins = new Map<string, PluginFigures>();
  #others: PluginFigures | null = null;
  readonly #tick = new FixedHistogram(LATENESS_MS);
  readonly #lock = new FixedHistogram(LATENESS_MS);
  readonly #queue = new FixedHistogram(LATENESS_MS);
  readonly #start = new FixedHistogram(LATENESS_MS);
  readonly #total = new FixedHistogram(LATENESS_MS);

  /** A run that never had a thread was not late, and took no time. */
  countRun({ plugin, outcome, lateness, threadId, startedAtMs, finishedAtMs, cpuMs }: RunRecord): void {
    const figures = this.#of(plugin);
    figures.count(outcome, 1);
    if (threadId === undefined) return;
    figures.durationMs.add(finishedAtMs - startedAtMs);
    if (cpuMs !== undefined) figures.cpuMs.add(cpuMs);
    this.#late(lateness);
  }

  countSkipped(plugin: string, outcome: Outcome, count: number): void {
    this.#of(plugin).count(outcome, count);
  }

  countUse(plugin: string, budget: RunBudget, { wallMs, cpuMs, heldBytes, fuel }: RunUsage): void {
    const figures = this.#of(plugin);
    figures.wall.add(wallMs, budget.wallMs);
    figures.cpu.add(cpuMs, budget.cpuMs);
    figures.heap.add(heldBytes, budget.heapMb * 1_024 * 1_024);
    figures.fuel.add(fuel, budget.fuel);
  }

  /** Forgets the plugins that are not among these. */
  keep(plugins: ReadonlySet<string>): void {
    for (const plugin of this.#plugins.keys()) if (!plugins.has(plugin)) this.#plugins.delete(plugin);
  }

  plugins(): PluginReport[] {
    const own = [...this.#plugins].map(([plugin, figures]) => figures.report(plugin));
    return this.#others === null ? own : [...own, this.#others.report(OTHER_PLUGINS)];
  }

  /** In milliseconds, of the runs that had a thread. */
  latenessMs(): Readonly<Record<LatenessPart, HistogramReport>> {
    return {
      tick: this.#tick.report(),
      lock: this.#lock.report(),
      queue: this.#queue.report(),
      start: this.#start.report(),
      total: this.#total.report(),
    };
  }

  #late({ tickMs, lockMs, queueMs, startMs, totalMs }: Lateness): void {
    this.#tick.add(tickMs);
    this.#lock.add(lockMs);
    this.#queue.add(queueMs);
    this.#start.add(startMs);
    this.#total.add(totalMs);
  }

  #of(plugin: string): PluginFigures {
    const known = this.#plugins.get(plugin);
    if (known !== undefined) return known;
    if (this.#plugins.size >= MAX_PLUGINS) {
      this.#others ??= new PluginFigures();
      return this.#others;
    }
    const figures = new PluginFigures();
    this.#plugins.set(plugin, figures);
    return figures;
  }
}
