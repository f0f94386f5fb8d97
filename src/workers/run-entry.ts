/** A pool thread. Piscina has every thread load this file, by thread-entry.cts, and gives it one task at a time. */
import { workerData } from 'node:worker_threads';
import { WorkerCell } from '../wire/worker-cell.ts';
import { perform } from './execute.ts';
import { ThreadPort } from './ports/thread-port.ts';
import type { PluginSource, PoolTask, RunFinished, ThreadData, ThreadTask } from './protocol.ts';
import { withholdPowers } from './realm/powers.ts';
import { assembleWorker } from './worker-parts.ts';

const cell = new WorkerCell();
const port = new ThreadPort(cell, takeSecret());
const { hostFunctions, maxMessageBytes } = workerData as ThreadData;
/** The plugins that tasks were about, by id. */
const sources = new Map<string, PluginSource>();
withholdPowers();
const parts = assembleWorker(port, cell, (sourceId) => sources.delete(sourceId));

/** Executes a task. Its promise says that this thread is free. Everything that is not in its result was posted by then. */
export default function takeUp(task: ThreadTask): Promise<RunFinished | undefined> {
  // If the pool has taken the task back, it ends this thread.
  return cell.take(task.ticket) ? perform(complete(task), parts) : Promise.resolve(undefined);
}

function complete({ task }: ThreadTask): PoolTask {
  const { source } = task;
  if (typeof source !== 'string') sources.set(source.id, source);
  if (task.kind === 'load') return task;
  const known = typeof source === 'string' ? sources.get(source) : source;
  if (known === undefined) throw new TypeError(`this thread does not know the plugin ${String(source)}`);
  return { ...task, source: known, hostFunctions, maxMessageBytes };
}

/** Plugins can read `workerData`, and must not find the secret there. */
function takeSecret(): string {
  const data = workerData as ThreadData;
  const { helloSecret = '' } = data;
  delete data.helloSecret;
  return helloSecret;
}
