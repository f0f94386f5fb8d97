import type { TaskWorker, WorkerUsage } from '../../../../src/supervisor/running/pool/worker-task.ts';
import type { Beginning } from '../../../../src/wire/worker-cell.ts';
import type { ToPoolWorker } from '../../../../src/workers/protocol.ts';

/** A thread that does nothing but keep what it gets. */
export class StubTaskWorker implements TaskWorker {
  readonly id = 7;
  readonly sent: ToPoolWorker[] = [];
  /** What the next looks find. */
  measured: WorkerUsage | null = { cpuMs: 0, heapBytes: 0 };
  lookCount = 0;
  isForgotten = false;
  isGivenUp = false;
  isWarm = false;
  /** What its event loop has waited so far; null when it cannot be told. */
  idle: number | null = 0;
  /** What it has waited for a processor so far; null when it cannot be told. */
  starved: number | null = null;
  /** Whether its task can be taken back. */
  isRevocable: boolean | null = true;
  /** How it has begun its run, as far as that can be seen. */
  begun: Beginning | null = null;
  readonly hung: string[] = [];

  send(message: ToPoolWorker): void {
    this.sent.push(message);
  }

  heldNow(): null {
    return null;
  }

  async usage(): Promise<WorkerUsage | null> {
    this.lookCount += 1;
    return this.measured;
  }

  forget(): void {
    this.isForgotten = true;
  }

  giveUp(): void {
    this.isGivenUp = true;
  }

  beginning(): Beginning | null {
    return this.begun;
  }

  idleMs(): number | null {
    return this.idle;
  }

  starvedMs(): number | null {
    return this.starved;
  }

  revoke(): boolean | null {
    return this.isRevocable;
  }

  hangs(blame: 'earlier' | 'present'): void {
    this.hung.push(blame);
  }
}
