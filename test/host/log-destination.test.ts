import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createScheduler, InvalidOptionError, sqliteStore } from '../../src/index.ts';
import { fixture, newScheduler, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

describe('logger.destination', () => {
  test.each(['', 'a\0b', 'file:///var/log/x', -1, 1.5, Number.NaN, 2 ** 31, true])('cannot be %j', async (value) => {
    const destination = value as string;
    await expect(createScheduler({ logger: { destination } })).rejects.toThrow(
      'Option "logger.destination" is invalid: it must be a file descriptor such as 1, or the path of a file, not ',
    );
  });

  test.each<[string, (folder: string) => number | string]>([
    ['a folder', (folder) => folder],
    ['a path below a file', () => join(import.meta.filename, 'log')],
    ['a closed descriptor', () => 2 ** 31 - 1],
    ['a pipe that nobody reads', (folder) => pipeIn(folder)],
  ])('is refused at the start when it is %s, and nothing is opened', async (_what, destinationIn) => {
    const folder = temporaryFolder();
    const path = join(folder, 'state.db');
    const scheduler = await createScheduler({
      plugins: [fixture('plugins/outputs.ts')],
      store: sqliteStore({ path }),
      logger: { destination: destinationIn(folder) },
    });
    const refused = await scheduler.start().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(InvalidOptionError);
    expect(refused).toMatchObject({
      option: 'logger.destination',
      message: expect.stringMatching(/cannot be written/),
    });
    expect(existsSync(path)).toBe(false);
    await scheduler.stop();
  });

  test('may be a pipe whose reader does not read: nothing waits for it', async () => {
    const destination = pipeIn(temporaryFolder());
    const reader = openSync(destination, constants.O_RDONLY | constants.O_NONBLOCK);
    onTestFinished(() => closeSync(reader));
    // More than a pipe holds.
    const loud = { module: fixture('plugins/logs.ts'), options: { fields: { text: 'x'.repeat(1_000) }, count: 200 } };
    const scheduler = await startScheduler({ plugins: [loud], logger: { destination } });
    const finished = nextRun(scheduler);
    await scheduler.trigger('logs/line');
    expect(await finished).toMatchObject({ outcome: 'succeeded' });
    await scheduler.stop({ drainMs: 0 });
  });

  test.skipIf(process.platform !== 'linux')('may become full: schedules go on, and a warning says so', async () => {
    const scheduler = await newScheduler({
      plugins: [{ module: fixture('plugins/logs.ts'), options: {} }],
      logger: { destination: '/dev/full' },
    });
    const warned = once(scheduler, 'warning');
    await scheduler.start();
    expect(await warned).toMatchObject([{ code: 'log-failed', message: expect.stringContaining('ENOSPC') }]);
    const finished = nextRun(scheduler);
    await scheduler.trigger('logs/line');
    expect(await finished).toMatchObject({ outcome: 'succeeded' });
  });

  test('may be in a folder that does not exist yet', async () => {
    const destination = join(temporaryFolder(), 'a', 'b', 'log');
    const scheduler = await newScheduler({ logger: { destination } });
    await scheduler.start();
    await scheduler.stop();
    expect(readFileSync(destination, 'utf8')).toContain('scheduler stopped');
  });
});

function pipeIn(folder: string): string {
  const path = join(folder, 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}
