import { rounded } from '../distribution.ts';

/** A goal of speed, as a figure of a benchmark. Where it can be, the figure is a ratio of one run. */
export interface Goal {
  readonly bench: string;
  readonly what: string;
  /** The goal in words. */
  readonly goal: string;
  /** Null if the figures do not have it. */
  read(figures: unknown): number | null;
  holds(value: number): boolean;
}

/** How much later a tick may be with a sleeping run live than without one, beyond what two rounds differ by anyway. */
const SAME_TICK = 1.25;

export const GOALS: readonly Goal[] = [
  ...(['trigger()', 'clock'] as const).flatMap((how) => [
    atLeast('throughput', `empty runs ${how}, memory, to bare piscina`, 0.5, [
      `memory, ${how}`,
      'toBarePiscina',
      'median',
    ]),
    ...['sqlite relaxed', 'sqlite strict'].map((store) =>
      atLeast('throughput', `empty runs ${how}, ${store}, to bare piscina`, 0.25, [
        `${store}, ${how}`,
        'toBarePiscina',
        'median',
      ]),
    ),
  ]),
  latency('single', 'escapement', 'p50', 'start alone on an idle host, p50 ms', 'at most 0.5', (ms) => ms <= 0.5),
  latency('single', 'escapement', 'p99', 'start alone on an idle host, p99 ms', 'at most 1.5', (ms) => ms <= 1.5),
  ...(['p50ToOurs', 'p99ToOurs'] as const).flatMap((name) => [
    latency(
      'idle',
      'croner',
      name,
      `ten at once on an idle host, croner to ours, ${name}`,
      'at least 1',
      (r) => r >= 1,
    ),
    latency(
      'blocked, trivial jobs',
      'node-cron background',
      name,
      `ten at once on a blocked host, background tasks to ours, ${name}`,
      'more than 1',
      (ratio) => ratio > 1,
    ),
  ]),
  atMost('herd', 'tick beside a herd, p99 ms', 5, ['besideTickMs', 'p99', 'median']),
  { ...atMost('herd', 'overlaps beside a herd', 0, []), read: (figures) => sum(at(figures, ['besideOverlaps'])) },
  atMost('tenants', 'p99 of 63 tenants beside a flood, to no flood', 1.5, ['atOnce', 'p99Ratio', 'median']),
  atMost('herd', 'herd drained, to bare piscina', 1.5, ['drainedMs', 'ratio', 'median']),
  {
    ...atMost('idle', 'bytes of an idle schedule in both heaps, of 100,000', 0.6 * 1_024, []),
    read: (figures) => {
      const bytes = (name: string): number => number(at(sized(figures, 100_000), [name])) ?? Number.NaN;
      return bytes('supervisorHeapBytesPerSchedule') + bytes('hostHeapBytesPerSchedule');
    },
  },
  {
    ...atMost('idle', 'RSS that 100,000 schedules add, MiB', 150, []),
    read: (figures) => number(at(sized(figures, 100_000), ['addedRssMiB'])),
  },
  {
    ...atMost('idle', 'start() with 1,000,000 schedules, ms', 15_000, []),
    read: (figures) => number(at(sized(figures, 1_000_000), ['startMs'])),
  },
  atMost('start', 'import, ms', 15, ['importMs', 'median']),
  atMost('start', 'import adds MiB', 5, ['importMiB', 'median']),
  atMost('start', 'a plugin imports escapement/plugin, ms', 2, ['pluginImportMs', 'median']),
  atMost('start', 'first run after ms', 120, ['firstRunMs', 'median']),
  atMost('start', 'an idle scheduler adds MiB', 45, ['idleMiB', 'median']),
  ...['p50', 'p99'].map((quantile) => ({
    ...atMost('clock-sleep', `tick with a sleeping run, to none, ${quantile}`, SAME_TICK, []),
    read: (figures: unknown) => {
      const tick = (live: string): number => number(at(figures, ['tickMs', live, quantile, 'median'])) ?? Number.NaN;
      return rounded(tick('one') / tick('none'));
    },
  })),
  {
    ...atLeast('peers', 'CPU of 1,000 runs of 20 ms, the best peer to ours', 1, []),
    read: (figures) => {
      const others = entries(figures).filter(
        (each) => each['workload'] === 'burst' && !['escapement', 'piscina'].includes(String(each['system'])),
      );
      const ratios = others.flatMap((each) => number(at(each, ['toOurs', 'cpuMsPerThousand', 'median'])) ?? []);
      return ratios.length === 0 ? null : Math.min(...ratios);
    },
  },
  atMost('console', 'host p99 with ten open pages, to no console', 1.02, ['watched', 'p99Ratio', 'middle']),
  {
    ...atMost('console-lists', 'the slowest list of 100,000 schedules, p99 ms', 100, []),
    read: (figures) => {
      const lists = at(figures, ['answerMs']);
      const p99s = Object.values(lists instanceof Object ? lists : {}).map(
        (list) => number(at(list, ['p99'])) ?? Number.NaN,
      );
      return p99s.length === 0 ? null : Math.max(...p99s);
    },
  },
  ...['delayRatio', 'pieceP99Ratio'].flatMap((name) => [
    atMost('host', `host p99 with a saturated pool, ${name}`, 1.3, ['saturated', name, 'median']),
    atMost('host', `host p99 with an idle scheduler, ${name}`, 1.02, ['idle', name, 'median']),
  ]),
];

function atLeast(bench: string, what: string, least: number, path: readonly string[]): Goal {
  return { ...measured(bench, what, path), goal: `at least ${least}`, holds: (value) => value >= least };
}

function atMost(bench: string, what: string, most: number, path: readonly string[]): Goal {
  return { ...measured(bench, what, path), goal: `at most ${most}`, holds: (value) => value <= most };
}

function measured(bench: string, what: string, path: readonly string[]): Pick<Goal, 'bench' | 'what' | 'read'> {
  return { bench, what, read: (figures) => number(at(figures, path)) };
}

/** A figure of one system under one load of `tick-latency`. */
function latency(
  variant: string,
  system: string,
  name: string,
  what: string,
  goal: string,
  holds: (value: number) => boolean,
): Goal {
  const read = (figures: unknown): number | null => {
    const sums = entries(at(figures, ['sums']));
    const of = sums.find((each) => each['variant'] === variant && each['system'] === system);
    return number(at(of, [name, 'median']));
  };
  return { bench: 'tick-latency', what, goal, read, holds };
}

function sized(figures: unknown, schedules: number): unknown {
  return entries(at(figures, ['many'])).find((each) => each['schedules'] === schedules);
}

/** The value at a path of names, or undefined. */
function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (inner instanceof Object ? (inner as Record<string, unknown>)[name] : undefined),
    value,
  );
}

function entries(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value : [];
}

function number(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

function sum(values: unknown): number | null {
  return Array.isArray(values) ? values.reduce((total: number, each) => total + Number(each), 0) : null;
}
