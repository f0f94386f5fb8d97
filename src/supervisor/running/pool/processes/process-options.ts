import { fileURLToPath } from 'node:url';
import type { GenerationSize } from '../generation.ts';
import type { WorkerPoolOptions } from '../pool-options.ts';
import { childEnvironment, inheritedFlags } from './child-flags.ts';

/** Options of a pool of child processes. */
export interface ProcessPoolOptions extends WorkerPoolOptions {
  /** By how much the processes raise their niceness, see nice(1), so that the host comes first. Default 10. */
  readonly niceIncrement?: number;
  /** The usual budget of runs, in MiB. Default 512. */
  readonly heapMb?: number;
  /** Environment variables of the processes. Default, also for null: a copy of the host's. */
  readonly env?: Readonly<Record<string, string>> | null;
  readonly processes?: ProcessSettings | null;
  /** The file that the processes execute: `workers/process-entry`. */
  readonly processEntry: URL;
  /** Whose children they are, so that a new supervisor thread finds those of an earlier one. */
  readonly owner: ProcessOwner;
}

/** What only processes have. */
export interface ProcessSettings {
  /** Environment variables in place of the pool's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** An absolute path. Default: the host's working directory. */
  readonly cwd?: string | undefined;
  readonly uid?: number | undefined;
  readonly gid?: number | undefined;
  /** Further flags of Node.js. */
  readonly execArgv?: readonly string[] | undefined;
}

/** The scheduler, and which of its supervisor threads. */
export interface ProcessOwner {
  readonly schedulerId: string;
  readonly threadId: number;
}

/** How to start a child. */
export interface ChildCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly settings: ProcessSettings;
  readonly niceIncrement: number;
}

export interface ProcessGenerationOptions {
  readonly command: ChildCommand;
  /** Whether one child more than the tasks need is kept. */
  readonly keepsSpare: boolean;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
}

const DEFAULT_HEAP_MB = 512;
/**
 * V8 gives up at its heap limit and takes the process with it. A child gets runs of any plugin, and the budget of a plugin
 * or a schedule may be far above the usual one. So the limit stands where that of threads does: the budget, which is
 * measured from outside, ends a run before, and says so. A limit alone takes no memory.
 */
const MIN_HEAP_LIMIT_MB = 4_096;

/**
 * `minThreads` says only whether there is a spare. Without one, a run that finds its child dead would wait for a cold
 * start; more than one would hold memory that a scheduler with few runs at a time never needs.
 */
export function processOptions(options: ProcessPoolOptions, size: GenerationSize): ProcessGenerationOptions {
  return {
    command: childCommand(options),
    keepsSpare: size.minThreads > 0,
    maxMessageBytes: size.maxMessageBytes,
  };
}

function childCommand(options: ProcessPoolOptions): ChildCommand {
  const { processEntry, owner, niceIncrement = 10, heapMb = DEFAULT_HEAP_MB, env, processes } = options;
  const settings = processes ?? {};
  const flags = [
    ...inheritedFlags(process.execArgv, settings.cwd === undefined ? undefined : process.cwd()),
    `--max-old-space-size=${Math.ceil(Math.max(4 * heapMb, MIN_HEAP_LIMIT_MB))}`,
    ...(settings.execArgv ?? []),
  ];
  return {
    file: process.execPath,
    args: [...flags, fileURLToPath(processEntry), ...ownerArguments(owner)],
    env: childEnvironment(settings.env ?? env ?? process.env),
    settings,
    niceIncrement,
  };
}

/** They follow the entry on a child's command line, where the next supervisor thread reads them. */
export function ownerArguments({
  schedulerId,
  threadId,
}: ProcessOwner): readonly [schedulerId: string, threadId: string] {
  return [schedulerId, String(threadId)];
}
