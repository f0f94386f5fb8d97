/** WASM guests in a whole scheduler, on real threads. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { RunRecord, Scheduler } from '../../src/index.ts';
import { FREE_AT, GuestFolder, type GuestText, guestBytes, text } from '../support/guest-text.ts';
import { fixture, nextRun, startScheduler } from '../support/scheduler-harness.ts';

const BURN = `(loop $l ${'(drop (i32.const 1))'.repeat(500)} (br $l)) (i32.const 0)`;

function guestFile(guest: GuestText = {}): string {
  const folder = new GuestFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.add(guest);
}

async function triggered(scheduler: Scheduler, key: string): Promise<RunRecord> {
  const ended = nextRun(scheduler, (run) => run.key === key);
  await scheduler.trigger(key);
  return await ended;
}

describe('a scheduler with a WASM guest', { timeout: 30_000 }, () => {
  test('runs it like any plugin, and its record has the fuel', async () => {
    const scheduler = await startScheduler({ plugins: [guestFile({ name: 'reports' }), fixture('plugins/seldom.ts')] });

    expect(await triggered(scheduler, 'reports/s')).toMatchObject({
      outcome: 'succeeded',
      fuel: 1,
      fuelBudget: 100_000_000_000,
    });
    const [kept] = await scheduler.history({ key: 'reports/s' });
    expect(kept).toMatchObject({ outcome: 'succeeded', fuel: 1, fuelBudget: 100_000_000_000 });
  });

  test('ends it when its fuel is used up, and its neighbours run on in the same threads', async () => {
    const schedules = [
      { id: 'large', cron: '9000w' },
      { id: 'small', cron: '9000w', budget: { fuel: 5_000 } },
    ];
    const loops = guestFile({ name: 'loops', schedules, run: BURN });
    const scheduler = await startScheduler({
      plugins: [loops, guestFile({ name: 'calm' })],
      budget: { fuel: 2_000_000 },
    });

    const large = await triggered(scheduler, 'loops/large');
    const small = await triggered(scheduler, 'loops/small');

    expect(large).toMatchObject({ outcome: 'over-budget', fuel: 2_000_000, error: { code: 'ERR_ESCAPEMENT_FUEL' } });
    expect(small).toMatchObject({ outcome: 'over-budget', fuel: 5_000, fuelBudget: 5_000 });
    expect(await triggered(scheduler, 'calm/s')).toMatchObject({ outcome: 'succeeded' });
    expect((await scheduler.stats()).pool).toMatchObject({ threadsReplaced: 0, quarantined: 0 });
  });

  test('keeps the kind of a trap, and the names of functions', async () => {
    const scheduler = await startScheduler({ plugins: [guestFile({ run: '(unreachable)' })] });

    expect(await triggered(scheduler, 'guest/s')).toMatchObject({
      outcome: 'failed',
      error: { name: 'GuestTrapError', kind: 'unreachable', stack: expect.stringContaining('at run') },
    });
  });

  test('calls the functions of the host that it was granted', async () => {
    const purge = text(FREE_AT, '["images"]');
    const module = guestFile({
      imports: '(import "extism:host/user" "cache_purge" (func $purge (param i64) (result i64)))',
      more: purge.data,
      run: `(call $log_info (call $purge ${purge.put})) (i32.const 0)`,
    });
    const purged: unknown[] = [];
    const scheduler = await startScheduler({
      plugins: [{ module, permissions: { hostFunctions: ['cache.purge'] } }],
      hostFunctions: {
        'cache.purge': async (name) => {
          purged.push(name);
        },
      },
    });

    expect(await triggered(scheduler, 'guest/s')).toMatchObject({ outcome: 'succeeded' });
    expect(purged).toEqual(['images']);
  });

  test('compiles it again when it is reloaded', async () => {
    const module = guestFile({ run: '(i32.const 0)' });
    const scheduler = await startScheduler({ plugins: [module] });
    expect(await triggered(scheduler, 'guest/s')).toMatchObject({ outcome: 'succeeded' });

    writeFileSync(fileURLToPath(module), guestBytes({ run: '(i32.const 9)' }));
    await scheduler.reload('guest');

    expect(await triggered(scheduler, 'guest/s')).toMatchObject({
      outcome: 'failed',
      error: { message: 'its run() returned 9' },
    });
  });

  test('keeps every thread when it is reloaded, and a run that is under way ends on the old code', async () => {
    const gate = Promise.withResolvers<null>();
    const asked = Promise.withResolvers<void>();
    const none = text(FREE_AT, '[]');
    const [old, fresh] = [text(FREE_AT + 100, 'old'), text(FREE_AT + 100, 'new')];
    const waiting: GuestText = {
      schedules: ['a', 'b'].map((id) => ({ id, cron: '9000w' })),
      imports: '(import "extism:host/user" "gate" (func $gate (param i64) (result i64)))',
      more: none.data + old.data,
      run: `(drop (call $gate ${none.put})) (call $log_info ${old.put}) (i32.const 0)`,
    };
    const module = guestFile(waiting);
    const permissions = { hostFunctions: ['gate'] };
    const scheduler = await startScheduler({
      plugins: [{ module, permissions }, fixture('plugins/seldom.ts')],
      hostFunctions: {
        gate: () => {
          asked.resolve();
          return gate.promise;
        },
      },
    });
    const under = nextRun(scheduler, ({ key }) => key === 'guest/a');
    await scheduler.trigger('guest/a');
    await asked.promise;
    // One of two threads waits in the guest, so this is the other one.
    const before = await triggered(scheduler, 'seldom/only');

    writeFileSync(
      fileURLToPath(module),
      guestBytes({ ...waiting, more: fresh.data, run: `(call $log_info ${fresh.put}) (i32.const 0)` }),
    );
    const { changed, unchanged } = await scheduler.reload('guest');
    const next = await triggered(scheduler, 'guest/b');
    const after = await triggered(scheduler, 'seldom/only');
    gate.resolve(null);
    const ended = await under;

    expect([changed, unchanged]).toEqual([[], ['guest/a', 'guest/b']]);
    const messages = async (runId: string) =>
      (await scheduler.history({ runId, withLog: true }))[0]?.log?.map(({ message }) => message);
    expect([await messages(ended.runId), await messages(next.runId)]).toEqual([['old'], ['new']]);
    expect([next.threadId, after.threadId]).toEqual([before.threadId, before.threadId]);
    const again = await triggered(scheduler, 'guest/a');
    expect([before.threadId, ended.threadId]).toContain(again.threadId);
    expect((await scheduler.stats()).pool).toMatchObject({ threads: 2, threadsReplaced: 0 });
  });

  test('goes on in its old version, in its threads, when a reload is refused', async () => {
    const module = guestFile({ run: '(i32.const 0)' });
    const scheduler = await startScheduler({ plugins: [module], pool: { maxThreads: 1 } });
    const before = await triggered(scheduler, 'guest/s');

    for (const wrong of [{ schedulesBody: '(unreachable)' }, { schedules: [{ id: 's', cron: '61 * * * *' }] }]) {
      writeFileSync(fileURLToPath(module), guestBytes({ ...wrong, run: '(i32.const 9)' }));
      await expect(scheduler.reload('guest')).rejects.toThrow();
    }

    expect(await triggered(scheduler, 'guest/s')).toMatchObject({ outcome: 'succeeded', threadId: before.threadId });
  });

  test('keeps its threads when a plugin in a process of its own is reloaded, and loses them with a module', async () => {
    const options = { ids: ['only'], cron: '9000w' };
    const apart = { module: fixture('plugins/beats.ts'), options, isolation: 'process' as const };
    const scheduler = await startScheduler({
      plugins: [guestFile(), apart, fixture('plugins/seldom.ts')],
      pool: { maxThreads: 1 },
    });
    const threadIds = async () => (await triggered(scheduler, 'guest/s')).threadId;
    const before = await threadIds();

    await scheduler.reload('beats');
    expect(await threadIds()).toBe(before);
    await scheduler.reload('seldom');
    // The reloaded plugin waits for a new thread. Until that has started, others go on in the old one.
    const { threadId } = await triggered(scheduler, 'seldom/only');
    expect(threadId).not.toBe(before);
    expect(await threadIds()).toBe(threadId);
  });

  test('refuses what it declares as it would for a module', async () => {
    const schedules = [
      { id: 'a', cron: '61 * * * *' },
      { id: 'b', cron: '9000w', jitter_ms: -1 },
    ];

    await expect(startScheduler({ plugins: [guestFile({ schedules })] })).rejects.toThrow('jitterMs -1 is invalid');
    await expect(startScheduler({ plugins: [guestFile({ name: 'no/name' })] })).rejects.toThrow(
      'name "no/name" is invalid',
    );
  });

  test('says what it is in the manifest, with the fuel of its load, and is refused without what it requires', async () => {
    const about = text(FREE_AT, '{"version":"1.2.0","provides":["rates"],"requires":["host.mail"]}');
    const module = guestFile({
      more: `${about.data} (func (export "about") (result i32) (call $give ${about.put}) (i32.const 0))`,
    });
    const refused = 'Plugin "guest" requires the capability "host.mail", which needs a function "mail"';
    await expect(startScheduler({ plugins: [module] })).rejects.toThrow(refused);

    const scheduler = await startScheduler({ plugins: [module], hostFunctions: { mail: async () => null } });
    const [guest] = (await scheduler.manifest()).plugins;
    expect(guest).toMatchObject({ version: '1.2.0', provides: ['scheduled', 'rates'], requires: ['host.mail'] });
    expect(guest?.loadFuel?.map(({ call }) => call)).toEqual(['name', 'schedules', 'about']);
  });

  test('counts nothing with fuel: Infinity, and refuses a schedule that relies on it', async () => {
    const scheduler = await startScheduler({ plugins: [guestFile()], budget: { fuel: Number.POSITIVE_INFINITY } });
    expect(await triggered(scheduler, 'guest/s')).not.toHaveProperty('fuel');

    const schedules = [{ id: 's', cron: '9000w', budget: { fuel: 5 } }];
    const install = scheduler.install(guestFile({ name: 'other', schedules }));
    await expect(install).rejects.toThrow('budget.fuel cannot be kept');
  });

  test('counts as its installation says, whatever the scheduler does', async () => {
    const calm = { module: guestFile({ name: 'calm' }), budget: { fuel: Number.POSITIVE_INFINITY } };
    const counting = await startScheduler({ plugins: [calm] });
    expect(await triggered(counting, 'calm/s')).toMatchObject({ outcome: 'succeeded' });
    expect((await counting.history({ key: 'calm/s' }))[0]).not.toHaveProperty('fuel');
    const schedules = [{ id: 's', cron: '9000w', budget: { fuel: 5 } }];
    const install = counting.install({ ...calm, module: guestFile({ name: 'other', schedules }) });
    await expect(install).rejects.toThrow('budget.fuel cannot be kept: that of the scheduler or of the installation');

    const loops = { module: guestFile({ name: 'loops', run: BURN }), budget: { fuel: 10_000 } };
    const idle = await startScheduler({ plugins: [loops], budget: { fuel: Number.POSITIVE_INFINITY } });
    expect(await triggered(idle, 'loops/s')).toMatchObject({ outcome: 'over-budget', fuel: 10_000 });
    await idle.reload('loops');
    expect(await triggered(idle, 'loops/s')).toMatchObject({ outcome: 'over-budget', fuelBudget: 10_000 });
  });

  test.each([
    [{ budget: { fuel: 0 } }, 'budget.fuel'],
    [{ budget: { fuel: 1.5 } }, 'budget.fuel'],
    [{ plugins: [{ module: './a.wasm', instance: 'new' as never }] }, 'plugins.0.instance'],
  ])('refuses %o', async (options, option) => {
    await expect(startScheduler(options)).rejects.toMatchObject({ name: 'InvalidOptionError', option });
  });
});
