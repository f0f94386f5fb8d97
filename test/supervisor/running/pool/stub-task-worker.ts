import type { TaskWorker, WorkerUsage } from '../../../../src/supervisor/running/pool/worker-task.ts';
import type { ToPoolWorker } from '../../../../src/workers/protocol.ts';

/** A thread that does nothing but keep what it gets. */
export class StubTaskWorker implements TaskWorker {
  readonly id = 7;
  readonly sent: ToPoolWorker[] = [];
  /** What the next looks find. */
  measured: WorkerUsage | null = { cpuMs: 0, heapBytes: 0 };
  lookCount = 0;
  isForgotten = false;
  isUnreferenced = false;

  send(message: ToPoolWorker): void {
    this.sent.push(message);
  }

  async usage(): Promise<WorkerUsage | null> {
    this.lookCount += 1;
    return this.measured;
  }

  forget(): void {
    this.isForgotten = true;
  }

  unref(): void {
    this.isUnreferenced = true;
  }
}
