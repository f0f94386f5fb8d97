import type { LoadParameters } from './load.ts';
import type { SystemName } from './phase.ts';

/** One load, and the systems that get it. */
export interface Variant {
  readonly name: string;
  readonly load: Omit<LoadParameters, 'durationMs'>;
  readonly systems: readonly SystemName[];
}

const IDLE_HOST = { busyMs: 0, freeMs: 0 } as const;
/**
 * A host that is blocked for 80 % of the time. Its period does not divide the second: if it did, the schedules would
 * always meet the same part of it, and its phase would flatter or hurt a system by chance.
 */
const BLOCKED_HOST = { busyMs: 207, freeMs: 51 } as const;

const ON_THE_HOST: readonly SystemName[] = ['node-cron', 'croner'];
const ALL: readonly SystemName[] = ['escapement', ...ON_THE_HOST, 'node-cron background'];
const TEN = { schedules: 10, threads: 2, arrivals: 'burst' } as const;

/** Systems that cannot be due between seconds do not get the spread. */
export const VARIANTS: readonly Variant[] = [
  {
    name: 'single',
    load: { ...TEN, ...IDLE_HOST, schedules: 1, workMs: 0 },
    systems: ['escapement', ...ON_THE_HOST],
  },
  { name: 'idle', load: { ...TEN, ...IDLE_HOST, workMs: 0 }, systems: ['escapement', ...ON_THE_HOST] },
  { name: 'blocked, trivial jobs', load: { ...TEN, ...BLOCKED_HOST, workMs: 0 }, systems: ALL },
  { name: 'blocked, 20 ms jobs', load: { ...TEN, ...BLOCKED_HOST, workMs: 20 }, systems: ALL },
  {
    name: 'blocked, 20 ms jobs, spread',
    load: { ...TEN, ...BLOCKED_HOST, workMs: 20, arrivals: 'spread' },
    systems: ['escapement'],
  },
];
