import { Queue, Worker } from 'bullmq';
import { EVERY_SECOND } from './patterns.mjs';

const JOB = new URL('../jobs/plugins/bullmq.mjs', import.meta.url);
const inServer = { memory: 'its schedules are keys of Redis' };

/** Its sandboxed workers. Queue and timing are in Redis, and the host thread hands the jobs over. */
async function start({ due, names, threads, servers }, useWorkerThreads) {
  const connection = { url: servers.redis, maxRetriesPerRequest: null };
  const queue = new Queue('bench', { connection });
  const worker = new Worker('bench', JOB, { connection, concurrency: threads, useWorkerThreads });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  if (due === 'every second') {
    for (const name of names) await queue.upsertJobScheduler(name, { pattern: EVERY_SECOND }, { name });
  }
  const opts = { removeOnComplete: true };
  return { give: (count) => queue.addBulk(Array.from({ length: count }, () => ({ name: 'given', data: {}, opts }))) };
}

/** The two kinds of its sandboxes. */
export function bullmq(useWorkerThreads) {
  return { cannot: inServer, start: (setup) => start(setup, useWorkerThreads) };
}
