import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import { liveInSession } from '../support/live-processes.ts';
import { fixture, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const TEXT = (answer: number): string =>
  `export default { name: 'changing', schedules: () => [{ id: 'only', cron: '0 0 1 1 *' }],
    run: ({ log, host }) => host.double(${answer}).then((doubled) => log.info({ doubled }, 'doubled')) };`;

describe.runIf(process.platform === 'linux')('a scheduler', () => {
  test('runs each plugin in what it asks for, and leaves no process behind', { timeout: 40_000 }, async () => {
    const module = fixture('plugins/beats.ts');
    const scheduler = await startScheduler({
      plugins: [
        { module, options: { name: 'in-thread', ids: ['a'], cron: '9000w' } },
        { module, options: { name: 'in-process', ids: ['a'], cron: '9000w' }, isolation: 'process' },
      ],
      pool: { maxThreads: 2, niceIncrement: 0 },
    });
    const runs = [
      nextRun(scheduler, ({ plugin }) => plugin === 'in-thread'),
      nextRun(scheduler, ({ plugin }) => plugin === 'in-process'),
    ];
    await scheduler.trigger('in-thread/a');
    await scheduler.trigger('in-process/a');

    const [inThread, inProcess] = await Promise.all(runs);

    expect([inThread?.outcome, inProcess?.outcome]).toEqual(['succeeded', 'succeeded']);
    const pid = inProcess?.threadId ?? 0;
    expect(liveInSession(pid)).toEqual([pid]);
    // Two threads, the process of the run, and its spare.
    expect((await scheduler.stats()).pool.threads).toBe(4);
    await scheduler.stop();
    await vi.waitFor(() => expect(liveInSession(pid)).toEqual([]));
  });

  test('reloads a plugin in a process, and answers it', { timeout: 40_000 }, async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'changing.mjs');
    writeFileSync(path, TEXT(1));
    const scheduler = await startScheduler({
      plugins: [pathToFileURL(path).href],
      pool: { isolation: 'process', maxThreads: 1, niceIncrement: 0 },
      hostFunctions: { double: (value) => Number(value) * 2 },
    });
    const doubled = async (): Promise<unknown> => {
      const ended = nextRun(scheduler);
      await scheduler.trigger('changing/only');
      const { runId } = await ended;
      const [record] = await scheduler.history({ runId, withLog: true });
      return record?.log?.[0]?.fields;
    };
    expect(await doubled()).toEqual({ doubled: 2 });

    writeFileSync(path, TEXT(21));
    await scheduler.reload('changing');

    expect(await doubled()).toEqual({ doubled: 42 });
  });
});
