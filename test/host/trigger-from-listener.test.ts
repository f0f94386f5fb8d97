import { join } from 'node:path';
import { expect, test } from 'vitest';
import { memoryStore, sqliteStore } from '../../src/index.ts';
import { fixture, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const RUNS = 20;

test.each([
  ['memory', () => memoryStore()],
  ['SQLite', () => sqliteStore({ path: join(temporaryFolder(), 'a.db') })],
])('a listener of runs triggers the schedule that has run, with %s', { timeout: 60_000 }, async (_, store) => {
  const scheduler = await startScheduler({ plugins: [fixture('plugins/seldom.ts')], store: store() });
  const [status] = await scheduler.schedules();
  const key = status?.key ?? '';
  const done = Promise.withResolvers<void>();
  let count = 0;
  scheduler.on('run', () => {
    count += 1;
    if (count === RUNS) done.resolve();
    else scheduler.trigger(key).catch(done.reject);
  });

  await scheduler.trigger(key);

  await expect(done.promise).resolves.toBeUndefined();
});
