/** Starts the process of one scenario, watches its memory and its time from outside, and removes what it leaves. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Fact, ofKind, readFacts } from './facts.ts';
import type { HostProgramOptions } from './fixtures/host-program.ts';
import { killAll, markOf, processesOf, residentMb } from './process-group.ts';
import { fullName, type Isolation, type KindOfScenario } from './scenario.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/host-program.ts', import.meta.url));
/** An account that nobody else has. */
const ACCOUNT = 54_321;
/** The machine is shared: nothing hostile may take more of it than this. */
const MAX_RESIDENT_MB = 4_096;
const LOOK_MS = 50;
/** All processes of the machine are listed less often than the host alone is looked at. */
const LOOKS_PER_LIST = 10;
const LIMIT_MS = 60_000;
/** A process that has nothing left to do ends by itself, or says what keeps it, within four seconds. */
const EXIT_LIMIT_MS = 6_000;

/** The folders of the scenarios that run now. When the campaign is interrupted, nothing of them may stay. */
const live = new Set<string>();
process.on('exit', () => {
  for (const folder of live) remove(folder);
});

/** How a process ended, and what it said until then. */
export interface ProcessReport {
  readonly facts: readonly Fact[];
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Why the campaign ended it. */
  readonly killedFor: 'memory' | 'time' | null;
  readonly peakMb: number;
  /** How many processes were alive after the host had ended. */
  readonly leftProcesses: number;
  /** The end of what it wrote to its standard streams. */
  readonly output: string;
}

export interface ScenarioPlace {
  readonly seed: number;
  readonly isolation: Isolation;
  /**
   * The folder of Node's compile cache. Users start compiled files. The campaign starts sources, and each child would
   * translate all of them anew: the cache keeps that out of what is measured.
   */
  readonly codeCache: string;
}

export async function runInProcess(
  scenario: KindOfScenario,
  { seed, isolation, codeCache }: ScenarioPlace,
): Promise<ProcessReport> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-hostile-'));
  live.add(folder);
  try {
    const child = start(scenario, { name: fullName(scenario), folder, seed, isolation }, codeCache);
    const output = tailOf(child);
    const ended = once(child, 'exit') as Promise<[number | null, string | null]>;
    const watched = watch(child, folder);
    const [exitCode, signal] = await ended;
    const { killedFor, peakMb } = await watched;
    const left = processesOf(folder);
    killAll(left);
    return {
      facts: readFacts(folder),
      exitCode,
      signal,
      killedFor,
      peakMb,
      leftProcesses: left.length,
      output: output(),
    };
  } finally {
    remove(folder);
    live.delete(folder);
  }
}

function remove(folder: string): void {
  killAll(processesOf(folder));
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}

/** The child leads a group of its own, so that a signal to the campaign's group does not count as its end. */
function start(
  { execArgv = [], maxThreadCount }: KindOfScenario,
  options: HostProgramOptions,
  codeCache: string,
): ChildProcess {
  const { NODE_OPTIONS: _ignored, ...env } = process.env;
  const command = [
    ...(maxThreadCount === undefined ? [] : accountOf(options.folder, maxThreadCount)),
    process.execPath,
    '--disable-warning=ExperimentalWarning',
    ...execArgv,
    PROGRAM,
    JSON.stringify(options),
  ];
  return spawn(command[0] as string, command.slice(1), {
    cwd: options.folder,
    detached: true,
    env: { ...env, ...markOf(options.folder), TMPDIR: options.folder, NODE_COMPILE_CACHE: codeCache },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The limit of threads counts all of an account, and not those of root. */
function accountOf(folder: string, maxThreadCount: number): string[] {
  chmodSync(folder, 0o777);
  const account = ['setpriv', `--reuid=${ACCOUNT}`, `--regid=${ACCOUNT}`, '--clear-groups'];
  return [...account, 'prlimit', `--nproc=${maxThreadCount}:${maxThreadCount}`];
}

async function watch(child: ChildProcess, folder: string): Promise<Pick<ProcessReport, 'killedFor' | 'peakMb'>> {
  let limitAtMs = performance.now() + LIMIT_MS;
  let isDone = false;
  let peakMb = 0;
  let pids: readonly number[] = [child.pid as number];
  for (let look = 0; child.exitCode === null && child.signalCode === null; look += 1) {
    if (look % LOOKS_PER_LIST === 0) pids = processesOf(folder);
    const nowMb = residentMb(pids);
    peakMb = Math.max(peakMb, nowMb);
    if (!isDone && look % LOOKS_PER_LIST === 0 && ofKind(readFacts(folder), 'done').length > 0) {
      isDone = true;
      limitAtMs = performance.now() + EXIT_LIMIT_MS;
    }
    const isTooBig = nowMb > MAX_RESIDENT_MB;
    if (isTooBig || performance.now() > limitAtMs) {
      killAll(processesOf(folder));
      child.kill('SIGKILL');
      return { killedFor: isTooBig ? 'memory' : 'time', peakMb };
    }
    await pause(LOOK_MS);
  }
  return { killedFor: null, peakMb };
}

/** Keeps reading, because a full pipe would block the process. */
function tailOf(child: ChildProcess): () => string {
  let tail = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('latin1')).slice(-4_000);
    });
  }
  return () => tail;
}
