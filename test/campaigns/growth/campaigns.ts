import { barePiscina, bareThreads } from './control-rounds.ts';
import type { Rounds } from './rounds.ts';
import { guestReloads, reloads, restarts, runs } from './scheduler-rounds.ts';

export interface GrowthCampaign {
  readonly summary: string;
  readonly defaultCount: number;
  /** A control shows what is not ours. It is not judged. */
  readonly isControl: boolean;
  /** Rounds before the first tenth. Default: none, because the first tenth does not count. */
  readonly warmUpCount?: number;
  start(): Promise<Rounds>;
}

/**
 * Until the heaps and what the allocator keeps have grown to their size: each rises once by some 10 MiB, after several
 * hundred threads have been replaced.
 */
const UNTIL_GROWN = { timeouts: 1_000, reloads: 800 };

export const CAMPAIGNS: Readonly<Record<string, GrowthCampaign>> = {
  timeouts: {
    summary: 'runs that exceed their wall time and are terminated',
    defaultCount: 2_000,
    isControl: false,
    warmUpCount: UNTIL_GROWN.timeouts,
    start: () => runs('spins', 'timed-out'),
  },
  deaths: {
    summary: 'runs that end their thread',
    defaultCount: 2_000,
    isControl: false,
    start: () => runs('dies', 'crashed'),
  },
  reloads: {
    summary: 'reloads of a plugin, with one run after each',
    defaultCount: 1_000,
    isControl: false,
    warmUpCount: UNTIL_GROWN.reloads,
    start: reloads,
  },
  'guest-reloads': {
    summary: 'reloads of a WASM guest, each with another version, with one run after each',
    defaultCount: 1_000,
    isControl: false,
    // Its threads stay, and each reload makes little garbage: it takes that many until their young generations have grown
    // to the size that V8 lets them have.
    warmUpCount: 1_500,
    start: guestReloads,
  },
  restarts: {
    summary: 'schedulers that are started, run once and are stopped',
    defaultCount: 500,
    isControl: false,
    start: restarts,
  },
  'bare-threads': {
    summary: 'control: worker threads that spin and are terminated',
    defaultCount: 2_000,
    isControl: true,
    start: bareThreads,
  },
  'bare-piscina': {
    summary: 'control: tasks of piscina that spin and are aborted',
    defaultCount: 2_000,
    isControl: true,
    start: barePiscina,
  },
};
