/**
 * The child processes that were started together.
 *
 * The pool gives a task only while there is room for it. It goes to an idle child, best to one that has loaded its
 * plugin, or else to a new child, which finds the task when it has started. So the child of a task is known before the
 * task can run. A task waits only while starts fail, or while children of an earlier supervisor thread live.
 */
import type { ErrorRecord } from '../../../../machines/run.ts';
import { errorRecord } from '../../../../wire/error-record.ts';
import type { Clock } from '../../../ports/clock.ts';
import { waitAtMost } from '../../../ports/within.ts';
import type { Generation, GenerationListener } from '../generation.ts';
import type { PoolWorker } from '../pool-worker.ts';
import type { Execute, WorkerTask } from '../worker-task.ts';
import type { ChildrenMemory } from './accounts/children-memory.ts';
import { SessionCensus } from './accounts/session-census.ts';
import type { EarlierChildren } from './earlier-children.ts';
import { PoolProcess, type PoolProcessListener } from './pool-process.ts';
import { ProcessChoice } from './process-choice.ts';
import type { ProcessGenerationOptions } from './process-options.ts';
import { StartBackoff } from './start-backoff.ts';
import { startChild } from './start-child.ts';

const CLEANUP_LIMIT_MS = 1_000;
const EXIT_LIMIT_MS = 1_000;
/** How long to wait before looking again whether the children of an earlier supervisor thread are gone. */
const EARLIER_CHECK_MS = 10;

export interface ProcessGenerationParts {
  readonly clock: Clock;
  readonly earlier: EarlierChildren;
  readonly memory: ChildrenMemory;
  readonly listener: GenerationListener;
}

export class ProcessGeneration implements Generation {
  readonly #options: ProcessGenerationOptions;
  readonly #parts: ProcessGenerationParts;
  readonly #census: SessionCensus;
  readonly #backoff: StartBackoff;
  readonly #processes = new Set<PoolProcess>();
  readonly #choice: ProcessChoice;
  readonly #waiting = new Set<WorkerTask>();
  /** A child that is about to exit keeps no place: the system starts another beside it. */
  readonly leavingCount = 0;
  #isRetired = false;
  #closed: Promise<void> | null = null;
  #drained: (() => void) | null = null;
  #allExited: (() => void) | null = null;

  constructor(options: ProcessGenerationOptions, parts: ProcessGenerationParts) {
    this.#options = options;
    this.#parts = parts;
    this.#census = new SessionCensus(parts.clock);
    this.#choice = new ProcessChoice(parts.clock);
    this.#backoff = new StartBackoff(parts.clock, () => this.#proceed());
    this.#proceed();
  }

  get workerCount(): number {
    return this.#processes.size;
  }

  get hasReadyWorker(): boolean {
    for (const { isReady, isIdle } of this.#processes) if (isReady && isIdle) return true;
    return false;
  }

  readonly execute: Execute = (task) => {
    this.#waiting.add(task);
    if (this.#closed === null) this.#proceed();
    else this.#terminate(task);
    return () => this.#terminate(task);
  };

  unload(sourceId: string): void {
    for (const process of this.#processes) process.unload(sourceId);
  }

  retire(): void {
    this.#isRetired = true;
  }

  drain(): Promise<void> {
    return new Promise((resolve) => {
      this.#drained = resolve;
      this.#settle();
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#backoff.close();
    for (const task of this.#waiting) this.#terminate(task);
    const idle = [...this.#processes].filter(({ isReady, worker }) => isReady && worker.task === null);
    const cleanups = Promise.all(idle.map(({ worker }) => worker.cleanup()));
    const failures = (await waitAtMost(this.#parts.clock, CLEANUP_LIMIT_MS, cleanups)) ?? [
      [{ error: unfinishedCleanup }],
    ];
    if (failures.flat().length > 0) this.#parts.listener.cleanupFailed(failures.flat());
    const allExited = new Promise<void>((resolve) => {
      this.#allExited = resolve;
    });
    for (const { worker } of this.#processes) worker.handle.terminate();
    if (this.#processes.size > 0) await waitAtMost(this.#parts.clock, EXIT_LIMIT_MS, allExited);
    // One that does not exit hangs in the kernel. It must not keep the host from ending.
    for (const { worker } of this.#processes) worker.giveUp();
  }

  /** A start may be tried: for the tasks that wait, and to keep a spare. */
  #proceed(): void {
    this.#serve();
    this.#keepSpare();
  }

  /** The spare is a child that no task occupies. It is ready, or nearly so, when another child dies. */
  #keepSpare(): void {
    if (!this.#options.keepsSpare || this.#isRetired) return;
    if ([...this.#processes].some(({ isIdle }) => isIdle) || !this.#mayStart()) return;
    this.#start();
  }

  #serve(): void {
    for (const task of this.#waiting) {
      const process = this.#choice.idleFor(task, this.#processes) ?? (this.#mayStart() ? this.#start() : null);
      if (process === null) return;
      this.#waiting.delete(task);
      process.assign(task);
    }
  }

  #mayStart(): boolean {
    if (this.#closed !== null || this.#backoff.isHolding) return false;
    if (this.#parts.earlier.areGone()) return true;
    this.#backoff.hold(EARLIER_CHECK_MS);
    return false;
  }

  /** Null when the system refuses another process. */
  #start(): PoolProcess | null {
    const child = startChild(this.#options.command, (error) => this.#notStarted(error));
    if (child?.pid === undefined) {
      this.#backoff.failed();
      return null;
    }
    const process = new PoolProcess(child, child.pid, {
      clock: this.#parts.clock,
      census: this.#census,
      niceIncrement: this.#options.command.niceIncrement,
      maxMessageBytes: this.#options.maxMessageBytes,
      listener: {
        ...this.#processListener,
        leaving: () => {
          this.#choice.ended(process);
          this.#keepSpare();
        },
      },
    });
    this.#processes.add(process);
    this.#parts.memory.add(process);
    return process;
  }

  readonly #processListener: Omit<PoolProcessListener, 'leaving'> = {
    leftError: (...left) => this.#parts.listener.leftError(...left),
    soiled: (...soil) => this.#parts.listener.soiled(...soil),
    refused: (...message) => this.#parts.listener.refused(...message),
    cleanupFailed: (failures) => this.#parts.listener.cleanupFailed(failures),
    exited: (worker, hadTask) => this.#exited(worker, hadTask),
    ready: () => {
      this.#backoff.succeeded();
      this.#parts.listener.ready();
    },
    freed: () => {
      this.#serve();
      this.#settle();
    },
    diedAtStart: (error) => {
      if (this.#closed !== null) return;
      this.#backoff.failed();
      this.#parts.listener.faulted(error);
    },
  };

  /** The system has not made a process: the folder, the user or the memory is missing. */
  #notStarted(error: Error): void {
    const record: ErrorRecord = { ...errorRecord(error), name: 'ProcessStartError' };
    this.#parts.listener.faulted(record);
    for (const task of this.#waiting) {
      this.#waiting.delete(task);
      this.#parts.clock.defer(() => task.ended({ kind: 'died', exitCode: -1, error: record }));
    }
    this.#settle();
  }

  #terminate(task: WorkerTask): void {
    if (this.#waiting.delete(task)) {
      this.#parts.clock.defer(() => task.ended({ kind: 'undelivered' }));
      this.#settle();
      return;
    }
    for (const { worker } of this.#processes) if (worker.task === task) worker.handle.terminate();
  }

  #exited(worker: PoolWorker, hadTask: boolean): void {
    for (const process of this.#processes) {
      if (process.worker !== worker) continue;
      this.#processes.delete(process);
      this.#parts.memory.delete(process);
      if (!this.#isRetired) this.#choice.ended(process);
    }
    if (this.#processes.size === 0) this.#allExited?.();
    if (this.#closed !== null) return;
    this.#parts.listener.exited(worker, hadTask);
    this.#proceed();
    this.#settle();
  }

  #settle(): void {
    const isBusy = this.#waiting.size > 0 || [...this.#processes].some(({ worker }) => worker.task !== null);
    if (!isBusy) this.#drained?.();
  }
}

const unfinishedCleanup: ErrorRecord = {
  name: 'CleanupTimeout',
  message: `A plugin's cleanup() did not end within ${CLEANUP_LIMIT_MS} ms.`,
};
