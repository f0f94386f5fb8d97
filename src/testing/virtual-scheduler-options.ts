import { types } from 'node:util';
import { InvalidOptionError } from '../errors.ts';
import type { HostFunction } from '../host/host-functions.ts';
import { parseInterval } from '../machines/calendar/duration.ts';
import { canonicalTimezone } from '../machines/calendar/time-zone.ts';
import { hintFor } from '../machines/did-you-mean.ts';
import type { Budget } from '../plugin.ts';
import { DEFAULT_RUN_FUEL } from '../wire/guests/guest-limits.ts';
import { previewOf } from '../wire/value-preview.ts';
import type { VirtualPlugin } from './plugins/plugin-shelf.ts';
import type { RunDuration } from './run-duration.ts';
import type { VirtualFetch } from './virtual-fetcher.ts';

/** Milliseconds, or an interval such as `500ms`, `30s`, `5m`, `2h` or `1d`. */
export type Duration = number | string;

/** The options of `createVirtualScheduler()`. */
export interface VirtualSchedulerOptions {
  /** The plugins to test. */
  readonly plugins: readonly VirtualPlugin[];
  /**
   * Wall time at the start: epoch milliseconds, a `Date`, or a text that `Date.parse` reads. Default 2026-01-01 in UTC.
   */
  readonly startAt?: number | string | Date;
  /** IANA zone of schedules that name none. Default `UTC`. */
  readonly timezone?: string;
  /** Budget of every run. Only `wallMs` and `graceMs` are enforced, because CPU time and memory need a thread. */
  readonly budget?: Budget;
  /** Runs at a time. Default 2. */
  readonly threads?: number;
  /** Runs that may wait for a thread. Any more end as `pool-full`. Default 10,000. */
  readonly maxQueue?: number;
  /** How long a run takes in virtual milliseconds, or a function that decides for each run. Default 1. */
  readonly runMs?: RunDuration;
  /** Seed of the random numbers that `runMs` gets if it is a function. Default 1. */
  readonly seed?: number;
  /** Whether runs take locks, from a memory backend that outlives crashes. Default false. */
  readonly locking?: boolean;
  /** The functions that plugins may call as `ctx.host.name(…)`. Default none. */
  readonly hostFunctions?: Readonly<Record<string, HostFunction>>;
  /** Answers what plugins ask `ctx.host.fetch()` for and may ask for. Default: every call of it rejects. */
  readonly fetch?: VirtualFetch | null;
}

/** The options with every default filled in. */
export interface VirtualSettings extends Required<Omit<VirtualSchedulerOptions, 'startAt' | 'budget'>> {
  readonly startAtMs: number;
  readonly budget: Required<Budget>;
}

const DEFAULT_BUDGET: Required<Budget> = {
  wallMs: 300_000,
  cpuMs: Number.POSITIVE_INFINITY,
  heapMb: 512,
  graceMs: 1_000,
  fuel: DEFAULT_RUN_FUEL,
};

const DEFAULT_START = '2026-01-01T00:00:00Z';

/** Fills in the defaults. Throws an `InvalidOptionError` or an `InvalidTimezoneError`. */
export function virtualSettings(options: VirtualSchedulerOptions): VirtualSettings {
  checkOptions(options);
  const { startAt = DEFAULT_START, timezone = 'UTC', budget = {}, ...given } = options;
  return {
    threads: 2,
    maxQueue: 10_000,
    runMs: 1,
    seed: 1,
    locking: false,
    hostFunctions: {},
    fetch: null,
    ...given,
    startAtMs: instantMs('startAt', startAt),
    timezone: canonicalTimezone(timezone),
    budget: { ...DEFAULT_BUDGET, ...budget },
  };
}

const COUNTS = { threads: 1, maxQueue: 0, seed: 0 } as const;
const OPTIONS = [
  'plugins',
  'startAt',
  'timezone',
  'budget',
  'runMs',
  'locking',
  'hostFunctions',
  'fetch',
  ...Object.keys(COUNTS),
];

/** Refuses what the production scheduler would refuse too: no options, an unknown one, a number that cannot be. */
function checkOptions(options: VirtualSchedulerOptions): void {
  if (typeof options !== 'object' || options === null || !Array.isArray(options.plugins)) {
    throw new InvalidOptionError('plugins', 'it must be an array of plugins');
  }
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw new InvalidOptionError(name, `there is no such option${hintFor(name, OPTIONS)}`);
  }
  for (const [name, least] of Object.entries(COUNTS)) {
    const given = options[name as keyof typeof COUNTS];
    if (given === undefined || (Number.isSafeInteger(given) && given >= least)) continue;
    throw new InvalidOptionError(name, `it must be a whole number of at least ${least}, not ${previewOf(given)}`);
  }
}

/** Milliseconds of a duration. Throws an `InvalidOptionError` that names `option`. */
export function durationMs(option: string, duration: Duration): number {
  if (typeof duration !== 'number' && typeof duration !== 'string') {
    throw new InvalidOptionError(option, `${previewOf(duration)} must be milliseconds or an interval such as "30s"`);
  }
  const milliseconds = typeof duration === 'number' ? duration : parseInterval(duration);
  if (typeof milliseconds === 'string') {
    throw new InvalidOptionError(option, `${JSON.stringify(duration)} is refused: ${milliseconds}`);
  }
  if (milliseconds >= 0 && Number.isFinite(milliseconds)) return milliseconds;
  throw new InvalidOptionError(option, `${duration} must be a number of milliseconds, 0 or more`);
}

/** Epoch milliseconds of an instant. Throws an `InvalidOptionError` that names `option`. */
export function instantMs(option: string, instant: number | string | Date): number {
  const atMs = typeof instant === 'string' ? Date.parse(instant) : Number(instant);
  const isInstant = typeof instant === 'number' || typeof instant === 'string' || types.isDate(instant);
  if (isInstant && Number.isFinite(atMs)) return atMs;
  const wanted = 'epoch milliseconds, a Date or a text such as "2026-03-28T00:00:00Z"';
  throw new InvalidOptionError(option, `${previewOf(instant)} must be ${wanted}`);
}
