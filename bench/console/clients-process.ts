/** The clients of the host's server. They have a process of their own, so that nothing but its answers delays them. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface ClientsRequest {
  readonly hostUrl: string;
  readonly durationMs: number;
}

/** From each request to its answer. */
export interface ClientsAnswer {
  readonly requestMs: readonly number[];
}

/** A request of the server begins so often, whether the last one has been answered or not. */
const REQUEST_EVERY_MS = 10;
/** By then the scheduler beside the server is compiled, and so is its console if pages are open. */
const WARM_UP_MS = 2_000;

process.on('message', ({ hostUrl, durationMs }: ClientsRequest) => {
  void ask(hostUrl, WARM_UP_MS)
    .then(() => ask(hostUrl, durationMs))
    .then((requestMs) => process.send?.({ requestMs } satisfies ClientsAnswer));
});
process.once('disconnect', () => process.exit());

async function ask(url: string, durationMs: number): Promise<number[]> {
  const taken: Promise<number>[] = [];
  const startMs = performance.now();
  for (let atMs = startMs; atMs < startMs + durationMs; atMs += REQUEST_EVERY_MS) {
    await sleep(Math.max(atMs - performance.now(), 0));
    taken.push(timed(url));
  }
  return Promise.all(taken);
}

async function timed(url: string): Promise<number> {
  const fromMs = performance.now();
  await (await fetch(url)).text();
  return performance.now() - fromMs;
}
