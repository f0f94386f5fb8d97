/**
 * Four processes of one program, as a process manager or Node's `cluster` starts them. Each has a scheduler with the
 * same plugin, and a separate store. They agree through one SQLite file of locks. `node examples/cluster-sqlite/main.ts
 * [seconds]`
 */
import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createScheduler, sqliteLocking, sqliteStore } from '../../src/index.ts';

const PROCESSES = 4;
const DEFAULT_SECONDS = 6;

/** A process sends this first, when its scheduler is running. */
const AT_WORK = 'at work';

/** A process sends this after each of its runs. */
interface Told {
  readonly occurrence: string;
  readonly outcome: string;
}

if (cluster.isPrimary) await conduct(Number(process.argv[2] ?? DEFAULT_SECONDS));
else await takePart(process.env['LOCK_FOLDER'] ?? '', process.env['PART'] ?? '0');

async function conduct(seconds: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'escapement-example-'));
  const ranOn = new Map<string, number[]>();
  const workers = Array.from({ length: PROCESSES }, (_, part) => {
    const worker = cluster.fork({ LOCK_FOLDER: folder, PART: String(part) });
    worker.on('message', (told: Told | typeof AT_WORK) => {
      if (told === AT_WORK) return;
      const { occurrence, outcome } = told;
      ranOn.set(occurrence, [...(ranOn.get(occurrence) ?? []), part]);
      console.log(`process ${part + 1}  ${occurrence}  ${outcome}`);
    });
    return worker;
  });
  await Promise.all(workers.map(isAtWork));
  await pause(seconds * 1_000);
  await Promise.all(workers.map(end));
  rmSync(folder, { recursive: true });
  const twice = [...ranOn.values()].filter((parts) => parts.length > 1).length;
  const shares = workers.map((_, part) => [...ranOn.values()].filter((parts) => parts.includes(part)).length);
  console.log(
    `${ranOn.size} occurrences: ${shares.join(' + ')} on ${PROCESSES} processes, ${twice} of them more than once`,
  );
}

async function takePart(folder: string, part: string): Promise<void> {
  const scheduler = await createScheduler({
    plugins: ['./plugins/reports.ts'],
    baseUrl: import.meta.url,
    cluster: true,
    locking: sqliteLocking({ path: join(folder, 'locks.db') }),
    store: sqliteStore({ path: join(folder, `state-${part}.db`) }),
    pool: { maxThreads: 1 },
    logger: { level: 'silent' },
  });
  scheduler.on('run', ({ key, scheduledAtMs, outcome }) => {
    process.send?.({ occurrence: `${key} ${new Date(scheduledAtMs).toISOString().slice(11, 19)}`, outcome });
  });
  const ended = once(process, 'message');
  await scheduler.start();
  process.send?.(AT_WORK);
  await ended;
  // stop() alone aborts a run that waits for a thread.
  await scheduler.drain();
  await scheduler.stop();
  process.exit();
}

/** Waits for all processes, because a start takes long on a busy machine and counting must begin with all of them. */
async function isAtWork(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit').then(() => {
    throw new Error('A process ended before its scheduler was running.');
  });
  await Promise.race([once(worker, 'message'), exited]);
}

async function end(worker: Worker): Promise<void> {
  const exited = once(worker, 'exit');
  worker.send('end');
  await exited;
}
