/** A pool thread. Piscina has every thread load this file, by thread-entry.cts, and gives it one task at a time. */
import { workerData } from 'node:worker_threads';
import { WorkerCell } from '../wire/worker-cell.ts';
import { perform } from './execute.ts';
import { ThreadPort } from './ports/thread-port.ts';
import type { ThreadData, ThreadTask } from './protocol.ts';
import { withholdPowers } from './realm/powers.ts';
import { assembleWorker } from './worker-parts.ts';

const cell = new WorkerCell();
const port = new ThreadPort(cell, takeSecret());
withholdPowers();
const parts = assembleWorker(port, cell);

/** Executes a task. Its promise only says that this thread is free; the outcome has gone over the port by then. */
export default function takeUp(task: ThreadTask): Promise<void> {
  // If the pool has taken the task back, it ends this thread.
  return cell.take(task.ticket) ? perform(task, parts) : Promise.resolve();
}

/** Plugins can read `workerData`, and must not find the secret there. */
function takeSecret(): string {
  const data = workerData as ThreadData;
  const { helloSecret = '' } = data;
  delete data.helloSecret;
  return helloSecret;
}
