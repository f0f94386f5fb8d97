import type { TaskThread, ThreadUsage } from '../../../../src/supervisor/running/pool/thread-task.ts';
import type { ToPoolThread } from '../../../../src/workers/protocol.ts';

/** A thread that does nothing but keep what it gets. */
export class StubTaskThread implements TaskThread {
  readonly threadId = 7;
  readonly sent: ToPoolThread[] = [];
  /** What the next looks find. */
  measured: ThreadUsage | null = { cpuMs: 0, heapBytes: 0 };
  lookCount = 0;
  isForgotten = false;
  isUnreferenced = false;

  send(message: ToPoolThread): void {
    this.sent.push(message);
  }

  async usage(): Promise<ThreadUsage | null> {
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
