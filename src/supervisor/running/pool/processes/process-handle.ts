import type { ChildProcess } from 'node:child_process';
import type { ToPoolProcess } from '../../../../workers/protocol.ts';
import type { WorkerHandle } from '../pool-worker.ts';
import type { WorkerUsage } from '../worker-task.ts';
import type { GroupUsage } from './accounts/group-usage.ts';
import { runDelayMs } from './accounts/proc-files.ts';
import type { ReportedUsage } from './accounts/reported-usage.ts';
import type { ChildChannel } from './child-channel.ts';
import { killGroup } from './process-group.ts';

export interface ProcessHandleParts {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly channel: ChildChannel;
  readonly usage: GroupUsage | ReportedUsage;
}

/** A child process as what runs in it is commanded. */
export class ProcessHandle implements WorkerHandle {
  readonly id: number;
  /** The pool has ended it. */
  isTerminated = false;
  readonly #parts: ProcessHandleParts;

  constructor(parts: ProcessHandleParts) {
    this.id = parts.pid;
    this.#parts = parts;
  }

  post(message: ToPoolProcess): void {
    this.#parts.channel.post(message);
  }

  async usage(): Promise<WorkerUsage | null> {
    return this.#parts.usage.look();
  }

  heldNow(): number | null {
    return this.#parts.usage.heldNow();
  }

  terminate(): void {
    const { child, pid, channel } = this.#parts;
    this.isTerminated = true;
    // Once the child is waited for, its id may belong to somebody else.
    if (child.exitCode === null && child.signalCode === null) killGroup(pid);
    channel.finish();
  }

  /** The system does not tell whether a process that does not respond waits or executes. */
  idleMs(): null {
    return null;
  }

  starvedMs(): number | null {
    return runDelayMs(this.#parts.pid);
  }

  /** Nothing is shared with a process, so it may have begun. It ends by a signal, which is soon known. */
  revoke(): null {
    return null;
  }

  beginning(): null {
    return null;
  }

  giveUp(): void {
    this.#parts.child.unref();
    this.#parts.channel.unref();
  }
}
