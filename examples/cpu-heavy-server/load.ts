import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How much load to drive. */
export interface LoadRequest {
  readonly url: string;
  /** How many requests are under way at the same time. */
  readonly clients: number;
  readonly forMs: number;
}

/** What the clients saw. The latency counts only answers that arrived completely. */
export interface LoadFigures {
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Drives load until the time is up or `signal` is aborted, and until every request that was sent is answered. */
export async function driveLoad(request: LoadRequest, signal: AbortSignal): Promise<LoadFigures> {
  const thread = new Worker(new URL('./load-thread.ts', import.meta.url), { workerData: request, name: 'load' });
  const stop = (): void => thread.postMessage('stop');
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  const exited = once(thread, 'exit');
  const [figures] = (await once(thread, 'message')) as [LoadFigures];
  await exited;
  signal.removeEventListener('abort', stop);
  return figures;
}
