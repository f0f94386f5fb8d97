/** Who is told, on real threads. */
import { EventEmitter, once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InvalidOptionError } from '../../src/errors.ts';
import { type Notice, type SchedulerOptions, sqliteStore } from '../../src/index.ts';
import { fixture, newScheduler, nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';
import { webServer } from '../support/servers/web-server.ts';
import { startedWorkers } from '../support/started-workers.ts';

/** A server that is told, and when it was told so often. */
async function receiver() {
  const told: string[] = [];
  const waiting: { count: number; resolve: () => void }[] = [];
  const server = await webServer(({ body }, response) => {
    response.end();
    told.push(body === '' ? '' : JSON.parse(body).data.kind);
    for (const one of waiting) if (told.length >= one.count) one.resolve();
  });
  const whenTold = (count: number): Promise<void> =>
    new Promise((resolve) => {
      if (told.length >= count) resolve();
      else waiting.push({ count, resolve });
    });
  return { ...server, told, whenTold };
}

/** A server that takes its time with the first thing that it is told. */
async function slowReceiver() {
  const told: string[] = [];
  const news = new EventEmitter();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const server = await webServer(({ body }, response) => {
    told.push(JSON.parse(body).data.kind);
    news.emit('told');
    if (told.length === 1) void released.then(() => response.end());
    else response.end();
  });
  const whenTold = async (kind: string): Promise<void> => {
    while (!told.includes(kind)) await once(news, 'told');
  };
  return { server, told, whenTold, release };
}

function falters(cure: string, own: Partial<SchedulerOptions> = {}): SchedulerOptions {
  return { plugins: [{ module: fixture('plugins/falters.ts'), options: { cron: '500ms', cure } }], ...own };
}

describe('a scheduler that tells', () => {
  test('calls a function of the host, and has an event beside it', async () => {
    const cure = join(temporaryFolder(), 'cure');
    const { promise: told, resolve } = Promise.withResolvers<unknown>();
    const scheduler = await newScheduler(
      falters(cure, {
        notify: { hostFunction: 'page', on: ['recovered'] },
        hostFunctions: { page: (notice) => resolve(notice) },
      }),
    );
    const notices: Notice[] = [];
    scheduler.on('notice', (notice) => {
      notices.push(notice);
      if (notice.kind === 'failed') writeFileSync(cure, '');
    });
    await scheduler.start();
    expect(scheduler.console).toBeNull();
    expect(await told).toMatchObject({
      id: expect.stringMatching(/^msg_/),
      type: 'schedule.recovered',
      data: { key: 'falters/often', run: { outcome: 'succeeded' } },
    });
    expect(notices.map(({ kind }) => kind).filter((kind) => kind !== 'silent')).toEqual(['failed', 'recovered']);
  });

  test('does not tell again after a restart, and tells then what nobody could be told', {
    timeout: 60_000,
  }, async () => {
    const folder = temporaryFolder();
    const [cure, store] = [join(folder, 'cure'), sqliteStore({ path: join(folder, 'store.db') })];
    const server = await receiver();
    const notify = { webhook: server.url, on: ['failed', 'recovered'] } as const;
    const first = await startScheduler(falters(cure, { store, notify }));
    await server.whenTold(1);
    // The store has it when a later run is written.
    await nextRun(first);
    await nextRun(first);
    await first.stop({ drainMs: 0 });
    const unheard = await startScheduler(falters(cure, { store }));
    await nextRun(unheard);
    writeFileSync(cure, '');
    await nextRun(unheard, ({ outcome }) => outcome === 'succeeded');
    await unheard.stop({ drainMs: 1_000 });
    expect(existsSync(cure)).toBe(true);
    await startScheduler(falters(cure, { store, notify }));
    await server.whenTold(2);
    expect(server.told).toEqual(['failed', 'recovered']);
  });

  test.each<[string, readonly number[]]>([
    ['the supervisor thread', [1]],
    ['the thread of the console', [0]],
    ['both threads', [1, 0]],
  ])(
    'tells of a recovery although it lost %s while the failure was on its way',
    async (_name, lost) => {
      const workers = startedWorkers();
      const { server, told, whenTold, release } = await slowReceiver();
      const cure = join(temporaryFolder(), 'cure');
      const notify = { webhook: server.url, on: ['failed', 'recovered'] } as const;
      const scheduler = await startScheduler(falters(cure, { notify }));
      await whenTold('failed');
      writeFileSync(cure, '');
      await nextRun(scheduler, ({ outcome }) => outcome === 'succeeded');
      await Promise.all(lost.map((index) => workers[index]?.terminate()));
      release();
      await whenTold('recovered');
      // What was on its way when its thread died may be told again.
      expect([...new Set(told)]).toEqual(['failed', 'recovered']);
    },
    60_000,
  );

  test('shows where runs check in to nobody', async () => {
    const server = await receiver();
    const checkIn = { url: `${server.url}/T0P5ECRET`, style: 'plain' } as const;
    const cure = join(temporaryFolder(), 'cure');
    writeFileSync(cure, '');
    const module = fixture('plugins/falters.ts');
    const scheduler = await startScheduler({ notify: [] });
    const warnings: unknown[] = [];
    scheduler.on('warning', (warning) => warnings.push(warning));
    await scheduler.install({ module, options: { cron: '500ms', cure }, checkIn });
    await server.whenTold(1);
    expect(server.seen[0]?.url).toBe('/T0P5ECRET');
    const shown = [await scheduler.manifest(), await scheduler.schedules(), await scheduler.stats(), warnings];
    expect(JSON.stringify(shown)).not.toContain('T0P5ECRET');
  });

  test('takes no check-in where no thread could make it', async () => {
    const scheduler = await startScheduler({});
    const module = fixture('plugins/falters.ts');
    const refused = scheduler.install({ module, checkIn: { url: 'https://hc-ping.com/x' } });
    await expect(refused).rejects.toThrow(InvalidOptionError);
    await expect(refused).rejects.toThrow('the option notify, which may be []');
  });
});
