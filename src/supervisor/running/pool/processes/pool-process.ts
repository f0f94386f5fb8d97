import type { ChildProcess } from 'node:child_process';
import type { ErrorRecord } from '../../../../machines/run.ts';
import type { FromPoolProcess, FromPoolWorker } from '../../../../workers/protocol.ts';
import type { Clock } from '../../../ports/clock.ts';
import { waitAtMost } from '../../../ports/within.ts';
import { PoolWorker, type PoolWorkerListener } from '../pool-worker.ts';
import type { WorkerTask } from '../worker-task.ts';
import type { MemoryHolder } from './accounts/children-memory.ts';
import { GroupUsage } from './accounts/group-usage.ts';
import { processIds } from './accounts/proc-files.ts';
import { ReportedUsage } from './accounts/reported-usage.ts';
import type { SessionCensus } from './accounts/session-census.ts';
import { ChildChannel } from './child-channel.ts';
import { lowerPriority } from './priority.ts';
import { type ChildExit, deathOf, exitCodeOf } from './process-death.ts';
import { killOrphans } from './process-group.ts';
import { ProcessHandle } from './process-handle.ts';

/** How long the last messages of a dead child may take to arrive. They are in the kernel already. */
const LAST_MESSAGES_MS = 500;

/** What a task ends may take this long to be gone. In all it is less than a worker has to become free. */
const SETTLE_MS = [5, 20, 50];

/** Each of these ends a task. */
const REPORTS: ReadonlySet<string> = new Set(['run.finished', 'plugin.declared', 'plugin.refused', 'task.crashed']);

export interface PoolProcessListener extends PoolWorkerListener {
  ready(): void;
  /** The child is free for another task. */
  freed(): void;
  /** The child has exited before it was ready, and nobody has ended it. Called before `exited`. */
  diedAtStart(error: ErrorRecord): void;
}

export interface PoolProcessParts {
  readonly clock: Clock;
  readonly census: SessionCensus;
  readonly niceIncrement: number;
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
  readonly listener: PoolProcessListener;
}

/** One child process of the pool, from its start to its exit: its messages and its end, in order. */
export class PoolProcess implements MemoryHolder {
  readonly worker: PoolWorker;
  /** The plugins that it has loaded, or is about to. */
  readonly sourceIds = new Set<string>();
  /** The plugin of its last task. */
  lastSourceId: string | null = null;
  isReady = false;
  readonly #listener: PoolProcessListener;
  readonly #niceIncrement: number;
  readonly #clock: Clock;
  readonly #channel: ChildChannel;
  readonly #handle: ProcessHandle;
  /** Null where the system keeps no accounts that the pool can read. */
  readonly #group: GroupUsage | null;
  readonly #usage: GroupUsage | ReportedUsage;
  #fault: string | null = null;
  /** The child has exited, but its last messages may still arrive. */
  #isGone = false;
  #cpuFromMs = 0;
  /** The last task whose end the child has reported. */
  #reportedTaskId: string | null = null;

  constructor(child: ChildProcess, pid: number, by: PoolProcessParts) {
    this.#listener = by.listener;
    this.#niceIncrement = by.niceIncrement;
    this.#clock = by.clock;
    this.#channel = new ChildChannel(child, {
      heard: (message) => this.#heard(message),
      broken: (fault) => {
        this.#fault = fault;
        this.#handle.terminate();
      },
    });
    this.#group = processIds() === null ? null : new GroupUsage(pid, by.census);
    this.#usage = this.#group ?? new ReportedUsage(this.#channel.lifeline);
    this.#handle = new ProcessHandle({ child, pid, channel: this.#channel, usage: this.#usage });
    this.worker = new PoolWorker(this.#handle, by.maxMessageBytes, by.listener);
    child.once('exit', (code, signal) => {
      this.#isGone = true;
      // What the child has started ends with it.
      killOrphans(pid);
      void this.#end({ code, signal }, by.clock);
    });
  }

  get isIdle(): boolean {
    return this.worker.task === null && !this.worker.isRetiring && !this.#isGone && this.#fault === null;
  }

  get heldBytes(): number {
    return this.#isGone ? 0 : this.#usage.heldBytes();
  }

  /** Sends the child a task. It need not be ready: the task waits for it. */
  assign(task: WorkerTask): void {
    this.lastSourceId = task.message.source.id;
    this.sourceIds.add(task.message.source.id);
    this.#group?.serve(task.message.source.id);
    this.worker.assign(task);
    try {
      this.#handle.post(task.message);
    } catch {
      this.worker.refused(task);
      this.#listener.freed();
    }
  }

  /** The child gives up the plugin, if it has it. */
  unload(sourceId: string): void {
    if (this.sourceIds.delete(sourceId)) this.worker.send({ kind: 'unload', sourceId });
  }

  #heard(message: unknown): void {
    if (!isMessage(message)) {
      this.#channel.break('sent something that is not a message');
    } else if (message.kind === 'process.ready') {
      this.#ready();
    } else if (message.kind === 'process.free') {
      this.#free(message.taskId, message.keepsProcesses === true);
    } else {
      if (REPORTS.has(message.kind) && 'taskId' in message) this.#reportedTaskId = message.taskId;
      this.worker.heard(this.#measured(message));
    }
  }

  #free(taskId: string, keepsProcesses: boolean): void {
    const { task } = this.worker;
    if (task?.taskId !== taskId) return;
    if (this.#reportedTaskId !== taskId) {
      this.#channel.break('said that it was free before its task had ended');
      return;
    }
    if (keepsProcesses) this.#group?.started.keep(task.message.source.id);
    this.#lookForLeft(task, [...SETTLE_MS]);
  }

  /** What a task has started and ends as it returns may take a moment to be gone. */
  #lookForLeft(task: WorkerTask, waits: number[]): void {
    if (this.worker.task !== task) return;
    const count = this.worker.isRetiring ? 0 : (this.#group?.started.left().length ?? 0);
    const waitMs = count === 0 ? undefined : waits.shift();
    if (waitMs !== undefined) {
      this.#clock.sleep(waitMs, () => this.#lookForLeft(task, waits));
      return;
    }
    if (count > 0) this.worker.leftProcesses(task.taskId, count);
    this.worker.answered(task);
    this.#listener.freed();
  }

  #ready(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.#group?.markEmpty();
    lowerPriority(this.worker.id, this.#niceIncrement);
    this.#listener.ready();
  }

  /** A plugin may use more than its main thread, which is all that its process reports. */
  #measured(message: FromPoolWorker): FromPoolWorker {
    if (this.#group === null) return message;
    if (message.kind === 'run.started') {
      this.#cpuFromMs = this.#group.cpuMs();
      return { ...message, threadCpuMs: this.#cpuFromMs };
    }
    if (message.kind !== 'run.finished') return message;
    const cpuMs = Math.max(this.#group.cpuMs() - this.#cpuFromMs, message.cpuMs ?? 0);
    return { ...message, cpuMs };
  }

  async #end(exit: Pick<ChildExit, 'code' | 'signal'>, clock: Clock): Promise<void> {
    this.#channel.finish();
    await waitAtMost(clock, LAST_MESSAGES_MS, this.#channel.ended());
    this.#channel.close();
    const { lastWords } = this.#channel;
    const death = deathOf({ ...exit, lastWords, fault: this.#fault, isReady: this.isReady });
    if (!this.isReady && !this.#handle.isTerminated) this.#listener.diedAtStart(death);
    this.worker.exited(exitCodeOf(exit), death);
  }
}

/** What it says, the worker checks. */
function isMessage(message: unknown): message is FromPoolProcess {
  return typeof message === 'object' && message !== null && 'kind' in message && typeof message.kind === 'string';
}
