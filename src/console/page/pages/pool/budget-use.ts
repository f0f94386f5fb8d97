import type { HistoryRecord } from '../../../../machines/history.ts';
import { installationName } from '../../../../machines/run.ts';
import type { PluginPage, PluginSummary } from '../../../../supervisor/operator-reports.ts';
import { tookMs } from '../../words/run-times.ts';

/** How much of a budget was used at most, by one run. */
export interface Use {
  readonly used: number;
  /** Null if there is no limit. */
  readonly limit: number | null;
}

/** How near the runs of one installation came to their budgets. */
export interface BudgetUse {
  readonly name: string;
  readonly runCount: number;
  readonly wall: Use | null;
  readonly cpu: Use | null;
  readonly fuel: Use | null;
}

type Measure = readonly [used: (run: HistoryRecord) => number | null | undefined, limit: 'wallMs' | 'cpuMs' | 'fuel'];

const WALL: Measure = [tookMs, 'wallMs'];
const CPU: Measure = [({ cpuMs }) => cpuMs, 'cpuMs'];
const FUEL: Measure = [({ fuel }) => fuel, 'fuel'];

/** What the last runs used, for each installation; those that came nearest to a limit first. */
export function budgetUse(
  { plugins }: Pick<PluginPage, 'plugins'>,
  runs: readonly HistoryRecord[],
): readonly BudgetUse[] {
  const uses = plugins.map((plugin) => {
    const name = installationName(plugin.name, plugin);
    const described = new Set(plugin.schedules.map(({ key }) => key));
    // Of the others nobody knows the limits here.
    const own = runs.filter(({ key }) => described.has(key));
    const most = (measure: Measure): Use | null => mostOf(plugin, own, measure);
    return { name, runCount: own.length, wall: most(WALL), cpu: most(CPU), fuel: most(FUEL) };
  });
  return uses.toSorted((one, other) => nearest(other) - nearest(one));
}

function mostOf(plugin: PluginSummary, runs: readonly HistoryRecord[], [usedBy, field]: Measure): Use | null {
  const limits = new Map(
    plugin.schedules.map(({ key, budget }) => [key, budget[field] ?? plugin.budget[field] ?? null]),
  );
  let most: Use | null = null;
  for (const run of runs) {
    const used = usedBy(run);
    if (used === undefined || used === null) continue;
    const use = { used, limit: finite(limits.get(run.key)) };
    if (most === null || shareOf(use) > shareOf(most) || (use.limit === null && used > most.used)) most = use;
  }
  return most;
}

function finite(limit: number | null | undefined): number | null {
  return typeof limit === 'number' && Number.isFinite(limit) ? limit : null;
}

/** The part of its limit that was used; 0 without a limit. */
export function shareOf(use: Use | null): number {
  return use === null || use.limit === null ? 0 : use.used / use.limit;
}

function nearest({ wall, cpu, fuel }: BudgetUse): number {
  return Math.max(shareOf(wall), shareOf(cpu), shareOf(fuel));
}
