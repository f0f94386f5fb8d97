/**
 * What one scenario is: something hostile, and what has to come of it. The campaign starts every scenario in a process
 * of its own, beside a neighbour that has done nothing wrong, and judges what that process did.
 */
import type { Outcome, SchedulerOptions } from '../../../src/index.ts';
import type { HostBench } from './host-bench.ts';

/** Where the plugins of a scenario run. */
export type Isolation = 'thread' | 'process';

/** The folder of one scenario, and the seed of the campaign. */
export interface Place {
  readonly folder: string;
  readonly seed: number;
}

/** What has to be seen, besides what holds for every scenario. */
export interface Expectation {
  /** How runs of the hostile plugin may end. `any`: every one has to end somehow. */
  readonly outcomes?: readonly Outcome[] | 'any';
  /** Why the hostile plugin is refused. What it declares is to be found wrong, and not to take too long. */
  readonly refused?: 'for-its-declaration' | 'while-it-loads';
  /** The code of a warning that has to come, and to name the hostile plugin. */
  readonly warns?: string;
  /** The most memory that the whole process may ever use, in MiB. */
  readonly maxResidentMb?: number;
  /** How often the supervisor thread may be restarted, because the scenario itself ends it. Default 0. */
  readonly restarts?: number;
  /** The processes that the plugin started have to be gone when the host has ended. */
  readonly leavesNoProcess?: true;
}

export interface Scenario {
  readonly name: string;
  readonly expect: Expectation;
  /** The source of the hostile plugin's module. Absent when the host or a file is hostile. */
  readonly plugin?: string;
  /** The ending of the module's name. Default `mjs`. */
  readonly pluginEnding?: 'mjs' | 'cjs' | 'ts';
  /** `process`: no thread can contain it, so it runs only where a process does. Default `thread`. */
  readonly containedBy?: Isolation;
  /** How often the hostile schedule runs. Default 1. */
  readonly times?: number;
  /** How long the neighbour goes on after the last hostile run, in milliseconds. Default 500. */
  readonly lingerMs?: number;
  /** How long one hostile run may take until it is recorded, in milliseconds. Default 8,000. */
  readonly settleMs?: number;
  /** Flags of Node for the host's process. */
  readonly execArgv?: readonly string[];
  /** How many threads the host's process may have. Only root can give it an account with such a limit. */
  readonly maxThreadCount?: number;
  /** The host's thread is blocked, so starts are told late: the time that the supervisor tells counts instead. */
  readonly blocksHost?: true;
  /** The scenario itself keeps the neighbour from its runs for a while, so neither delays nor outcomes of it count. */
  readonly neighbourMayWait?: true;
  /** What has to be seen instead where plugins run in processes. */
  readonly expectInProcess?: Expectation;
  /** Changes the options of the host's scheduler. */
  readonly options?: (place: Place) => SchedulerOptions;
  /** What the host does once the neighbour runs. Default: it installs the hostile plugin and runs its schedule. */
  readonly drive?: (bench: HostBench) => Promise<void>;
  /** What the host does in place of starting a scheduler with a neighbour. */
  readonly alone?: (bench: HostBench) => Promise<void>;
}

/** A scenario with the kind under which it is listed; `name` is unique with it. */
export interface KindOfScenario extends Scenario {
  readonly kind: string;
}

/** `kind/name`, as `--only` sees it. */
export function fullName({ kind, name }: KindOfScenario): string {
  return `${kind}/${name}`;
}

/** What ended by itself, one way or the other. */
export const FAILED = ['failed'] as const;
export const CRASHED = ['crashed'] as const;
export const SUCCEEDED = ['succeeded'] as const;
export const TIMED_OUT = ['timed-out'] as const;
/** Memory ends a run by our limit; V8 may refuse a single value first, which is an exception in the plugin. */
export const OUT_OF_MEMORY = ['out-of-memory', 'failed'] as const;
