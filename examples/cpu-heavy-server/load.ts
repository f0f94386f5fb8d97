import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** How the server is to be asked. */
export interface LoadRequest {
  readonly url: string;
  /** Requests at a time. */
  readonly clients: number;
  readonly forMs: number;
}

/** What the clients saw. Latency is that of answers which arrived whole. */
export interface LoadFigures {
  readonly requests: number;
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Drives load until the time is up or `signal` is aborted; every request that was sent has been answered then. */
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
