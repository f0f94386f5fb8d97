import { execFileSync } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine } from '../../src/machines/run.ts';
import type { JsonValue } from '../../src/plugin.ts';
import { SystemClock } from '../../src/supervisor/clocks/system-clock.ts';
import type {
  PoolWarning,
  RunBudget,
  RunPoolListener,
  RunReport,
  RunRequest,
  RunStart,
} from '../../src/supervisor/ports/run-pool.ts';
import type { ProcessPoolOptions } from '../../src/supervisor/running/pool/processes/process-options.ts';
import { processPool } from '../../src/supervisor/running/pool/processes/process-pool.ts';
import type { ThreadPoolOptions } from '../../src/supervisor/running/pool/threads/thread-options.ts';
import { threadPool } from '../../src/supervisor/running/pool/threads/thread-pool.ts';
import type { WorkerPool } from '../../src/supervisor/running/pool/worker-pool.ts';
import { commonJsEntryUrl, threadEntryUrl } from '../../src/wire/thread-entry-url.ts';
import type { Isolation, PluginSource } from '../../src/workers/protocol.ts';

const fixtures = new URL('../fixtures/plugins/', import.meta.url);

/** A run, and what a test can await of it. */
export interface FollowedRun {
  readonly runId: string;
  readonly started: Promise<RunStart>;
  readonly reported: Promise<RunReport>;
  readonly released: Promise<void>;
  /** Resolves when the run gave its room in a full queue to another one. */
  readonly rejected: Promise<void>;
  /** Resolves at the first log line with this message. */
  readonly logged: (message: string) => Promise<void>;
  readonly lines: LogLine[];
  readonly progress: [number, string | undefined][];
}

type RequestPart = Partial<Omit<RunRequest, 'budget' | 'source'>> & {
  readonly budget?: Partial<RunBudget>;
  readonly config?: JsonValue;
  readonly runCount?: number;
  /** What host functions answer. */
  readonly host?: (name: string, args: readonly JsonValue[]) => Promise<JsonValue | undefined>;
};

const ENDLESS: RunBudget = { wallMs: 60_000, cpuMs: Infinity, heapMb: Infinity, graceMs: 1_000, fuel: 1e11 };

type HarnessOptions = Partial<ThreadPoolOptions & ProcessPoolOptions>;

/** A pool with real threads or processes, and its warnings. Dispose of it when the test ends. */
export class PoolHarness implements AsyncDisposable {
  /** What the workers of all pools are. Set it before the scenarios of threads are imported to run on processes. */
  static isolation: Isolation = 'thread';
  readonly pool: WorkerPool;
  readonly warnings: PoolWarning[] = [];
  readonly #heard = new EventEmitter();
  readonly #warned = Promise.withResolvers<PoolWarning>();
  #runCount = 0;

  constructor(options: HarnessOptions = {}) {
    const common = {
      minThreads: 1,
      maxThreads: 1,
      maxQueue: 1_000,
      maxMessageBytes: 1_048_576,
      memoryLimitMb: Number.POSITIVE_INFINITY,
      hostFunctions: [],
      clock: new SystemClock(),
    };
    const listener: RunPoolListener = {
      warned: (warning) => {
        this.warnings.push(warning);
        this.#warned.resolve(warning);
        this.#heard.emit('warning');
      },
    };
    if (PoolHarness.isolation === 'thread') {
      this.pool = threadPool({ ...common, runEntry: commonJsEntryUrl('workers/thread-entry'), ...options }, listener);
    } else {
      const owner = { schedulerId: crypto.randomUUID(), threadId: 0 };
      const processEntry = threadEntryUrl('workers/process-entry');
      // Not nice, so that a busy machine does not make the tests slow.
      this.pool = processPool({ ...common, niceIncrement: 0, processEntry, owner, ...options }, listener);
    }
  }

  /** Resolves to the first warning. */
  get warned(): Promise<PoolWarning> {
    return this.#warned.promise;
  }

  /** Resolves to the warnings, once there are so many. */
  async warnedTimes(count: number): Promise<readonly PoolWarning[]> {
    while (this.warnings.length < count) await once(this.#heard, 'warning');
    return this.warnings;
  }

  /** Dispatches a run of a fixture plugin. Throws when the queue is full. */
  run(fixture: string, part: RequestPart = {}): FollowedRun {
    const followed = this.tryRun(fixture, part);
    if (followed === null) throw new Error('the pool is full');
    return followed;
  }

  /** The same, but returns null when the queue is full. */
  tryRun(fixture: string, part: RequestPart = {}): FollowedRun | null {
    this.#runCount += 1;
    const runId = part.runId ?? `run-${this.#runCount}`;
    const started = Promise.withResolvers<RunStart>();
    const reported = Promise.withResolvers<RunReport>();
    const released = Promise.withResolvers<void>();
    const rejected = Promise.withResolvers<void>();
    const lines: LogLine[] = [];
    const progress: [number, string | undefined][] = [];
    const waiting = new Map<string, () => void>();
    const data = {
      scheduleId: 's',
      scheduledAtMs: 0,
      runCount: part.runCount ?? 1,
      isCatchup: false,
      runId,
      config: part.config ?? null,
    };
    const { host = () => Promise.resolve(null), budget, ...request } = part;
    const isTaken = this.pool.dispatch(
      {
        runId,
        key: `${fixture}/s`,
        source: source(fixture),
        data,
        priority: 1_000,
        isCatchup: false,
        ...request,
        budget: { ...ENDLESS, ...budget },
      },
      {
        started: started.resolve,
        logged: (line) => {
          lines.push(line);
          waiting.get(line.message)?.();
        },
        progressed: (fraction, note) => progress.push([fraction, note]),
        reported: reported.resolve,
        released: released.resolve,
        rejected: rejected.resolve,
        hostCall: host,
      },
    );
    const logged = (message: string): Promise<void> =>
      new Promise((resolve) => {
        if (lines.some((line) => line.message === message)) resolve();
        else waiting.set(message, resolve);
      });
    if (!isTaken) return null;
    return {
      runId,
      started: started.promise,
      reported: reported.promise,
      released: released.promise,
      rejected: rejected.promise,
      logged,
      lines,
      progress,
    };
  }

  /** Runs a fixture and resolves to its report. */
  report(fixture: string, part: RequestPart = {}): Promise<RunReport> {
    return this.run(fixture, part).reported;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close();
  }
}

/** The source of a fixture plugin; a bare specifier is resolved from the fixtures' folder. */
export function source(fixture: string, options: JsonValue = null): PluginSource {
  const module = /\.(ts|mjs|cjs|wasm)$/.test(fixture) ? new URL(fixture, fixtures).href : fixture;
  return { id: `${fixture}#1`, module, resolveFrom: fixtures.href, options };
}

/** A named pipe, at which a plugin waits in a system call. */
export class Fifo implements AsyncDisposable {
  readonly path = join(tmpdir(), `escapement-${process.pid}-${crypto.randomUUID()}.fifo`);

  constructor() {
    execFileSync('mkfifo', [this.path]);
  }

  /** Resolves when the plugin has written to it. */
  async written(): Promise<void> {
    await readFile(this.path);
  }

  /** Lets a plugin that reads the pipe go on: it sees the end of the file. */
  async letGo(): Promise<void> {
    const writer = await open(this.path, 'w');
    await writer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { force: true });
  }
}
