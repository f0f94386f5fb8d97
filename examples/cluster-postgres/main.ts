/**
 * Two nodes share one Postgres, which holds their schedules, their history and the claims of occurrences. After a while
 * one of them stops, and the other continues alone. `DATABASE_URL=postgres://… node examples/cluster-postgres/main.ts
 * [seconds]`
 */
import { setTimeout as pause } from 'node:timers/promises';
import { createScheduler, postgresStore, type Scheduler } from '../../src/index.ts';

const DEFAULT_SECONDS = 10;

const connectionString = process.env['DATABASE_URL'];
if (connectionString === undefined) {
  console.error(
    'DATABASE_URL is not set. It must name a Postgres, such as postgres://user:password@127.0.0.1:5432/database.',
  );
  process.exitCode = 1;
} else {
  await runExample(connectionString, Number(process.argv[2] ?? DEFAULT_SECONDS));
}

async function runExample(url: string, seconds: number): Promise<void> {
  const first = await startNode('first', url);
  const second = await startNode('second', url);
  await pause((seconds * 1_000) / 2);
  console.log('the first node stops');
  await first.stop();
  await pause((seconds * 1_000) / 2);
  const history = await second.history({ key: 'reports/orders', limit: 1_000 });
  const occurrences = new Set(history.map(({ scheduledAtMs }) => scheduledAtMs));
  console.log(`${history.length} runs of ${occurrences.size} occurrences in the history that both nodes share`);
  await second.stop();
}

async function startNode(name: string, url: string): Promise<Scheduler> {
  const scheduler = await createScheduler({
    plugins: ['./plugins/reports.ts'],
    baseUrl: import.meta.url,
    cluster: true,
    store: postgresStore({ connectionString: url }),
    pool: { maxThreads: 1 },
    logger: { level: 'silent' },
  });
  scheduler.on('run', ({ key, scheduledAtMs, outcome, fencingToken }) => {
    console.log(`${name}  ${key}  ${new Date(scheduledAtMs).toISOString()}  ${outcome}  token ${fencingToken}`);
  });
  await scheduler.start();
  return scheduler;
}
