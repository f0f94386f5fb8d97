/**
 * Workers of `node:cluster` that share a port, and each have a scheduler. Through one SQLite file of locks they agree who
 * takes an occurrence, so a worker that is busy or dead is no loss. `node examples/embedding/node-cluster/main.ts`
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createScheduler, sqliteLocking, sqliteStore } from '../../../src/index.ts';
import { answer, DRAIN_MS, PORT, SCHEDULER, say } from '../application.ts';

const WORKERS = 2;

if (cluster.isPrimary) await conduct();
else await serve(process.env['FOLDER'] ?? '.');

/** The primary only starts and ends the others. Who ends the service signals this process. */
async function conduct(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-workers-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const workers = Array.from({ length: WORKERS }, () => cluster.fork({ FOLDER: folder }));
  const [address] = await Promise.all(workers.map(listening));
  say(address?.port ?? PORT);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, async () => {
      const codes = await Promise.all(workers.map((worker) => ended(worker, signal)));
      process.exit(codes.every((code) => code === 0) ? 0 : 1);
    });
  }
}

async function serve(folder: string): Promise<void> {
  const scheduler = await createScheduler({
    ...SCHEDULER,
    cluster: true,
    locking: sqliteLocking({ path: join(folder, 'locks.db') }),
    store: sqliteStore({ path: join(folder, `worker-${cluster.worker?.id}.db`) }),
  });
  await scheduler.start();
  const server = createServer((request, response) => answer(scheduler, request, response));
  server.listen(PORT, '127.0.0.1');
  // A terminal sends SIGINT to every process of the group, and the primary sends one more.
  let isEnding = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, async () => {
      if (isEnding) return;
      isEnding = true;
      server.close();
      // The other workers take its turns first, so that no occurrence is late.
      await scheduler.drain();
      await scheduler.stop({ drainMs: DRAIN_MS });
      process.exit(0);
    });
  }
}

async function listening(worker: Worker): Promise<AddressInfo> {
  const exited = once(worker, 'exit').then(() => {
    throw new Error('A worker ended before it listened.');
  });
  const [address] = await Promise.race([once(worker, 'listening'), exited]);
  return address as AddressInfo;
}

async function ended(worker: Worker, signal: NodeJS.Signals): Promise<number | null> {
  const exit = once(worker, 'exit');
  worker.kill(signal);
  const [code] = await exit;
  return code as number | null;
}
