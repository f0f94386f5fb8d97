/**
 * Requests pages as fast as the server answers. It runs in a separate thread, so the blocked thread cannot slow it
 * down.
 */
import { Agent, get } from 'node:http';
import { createHistogram } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import type { LoadFigures, LoadRequest } from './load.ts';

const { url, clients, forMs } = workerData as LoadRequest;
const agent = new Agent({ keepAlive: true, maxSockets: clients });
const latency = createHistogram();
const untilMs = performance.now() + forMs;
let isStopped = false;
let requests = 0;
let failures = 0;

parentPort?.once('message', () => {
  isStopped = true;
});

await Promise.all(Array.from({ length: clients }, (_, index) => client(index)));
agent.destroy();
const figures: LoadFigures = {
  requests,
  failures,
  p50Ms: latency.percentile(50) / 1_000,
  p99Ms: latency.percentile(99) / 1_000,
  maxMs: requests === 0 ? 0 : latency.max / 1_000,
};
parentPort?.postMessage(figures);
// Otherwise the listener above would keep the thread alive.
parentPort?.close();

async function client(index: number): Promise<void> {
  for (let turn = index; !isStopped && performance.now() < untilMs; turn += clients) {
    const fromMs = performance.now();
    const status = await statusOf(`${url}${pathFor(turn)}`);
    requests += 1;
    if (status === 200) latency.record(Math.max(Math.round((performance.now() - fromMs) * 1_000), 1));
    else failures += 1;
  }
}

/** Three pages, a tree and a digest, over and over, of revisions that come back after a while. */
function pathFor(turn: number): string {
  const revision = (turn * 7) % 400;
  if (turn % 5 === 3) return `/trees/${revision}`;
  if (turn % 5 === 4) return `/digests/${revision}`;
  return `/pages/${revision}`;
}

/** Resolves to the answer's status once all of it has arrived, and to 0 if there is no answer. */
function statusOf(address: string): Promise<number> {
  return new Promise((resolve) => {
    get(address, { agent }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
      response.once('error', () => resolve(0));
    }).once('error', () => resolve(0));
  });
}
