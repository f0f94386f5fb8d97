import { barePiscina, bareThreads } from './control-rounds.ts';
import type { Rounds } from './rounds.ts';
import { reloads, restarts, runs } from './scheduler-rounds.ts';

export interface GrowthCampaign {
  readonly summary: string;
  readonly defaultCount: number;
  /** A control shows what is not ours. It is not judged. */
  readonly isControl: boolean;
  start(): Promise<Rounds>;
}

export const CAMPAIGNS: Readonly<Record<string, GrowthCampaign>> = {
  timeouts: {
    summary: 'runs that exceed their wall time and are terminated',
    defaultCount: 2_000,
    isControl: false,
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
    start: reloads,
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
