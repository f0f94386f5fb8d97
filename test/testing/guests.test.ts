import { describe, expect, onTestFinished, test } from 'vitest';
import {
  createVirtualScheduler,
  type VirtualScheduler,
  type VirtualSchedulerOptions,
} from '../../src/testing/index.ts';
import { FREE_AT, GuestFolder, type GuestText, text } from '../support/guest-text.ts';

function guestFile(guest: GuestText): string {
  const folder = new GuestFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  return folder.add(guest);
}

describe('a WASM guest in virtual time', () => {
  test('runs when it falls due, with the virtual time of day', async () => {
    const none = text(FREE_AT, '[]');
    const wasm = guestFile({
      schedules: [{ id: 'daily', cron: '@daily' }],
      imports: '(import "extism:host/user" "now" (func $now (param i64) (result i64)))',
      run: `(call $log_info (call $now ${none.put})) (i32.const 0)`,
      more: none.data,
    });
    const scheduler = await createVirtualScheduler({ plugins: [{ wasm }], startAt: '2026-01-01T12:00:00Z' });
    await scheduler.start();
    await scheduler.advance('3d');
    const runs = await scheduler.history({ withLog: true });
    await scheduler.stop();

    expect(runs.map(({ outcome, fuel, log }) => [outcome, fuel, log?.[0]?.message])).toEqual(
      ['2026-01-04', '2026-01-03', '2026-01-02'].map((day) => ['succeeded', runs[0]?.fuel, String(Date.parse(day))]),
    );
    expect(runs[0]?.fuel).toBeGreaterThan(0);
  });

  test('ends when its fuel is used up, and traps', async () => {
    const loops = { name: 'loops', run: '(loop $l (br $l)) (i32.const 0)' };
    const schedules = [{ id: 's', cron: '1h' }];
    const plugins = [loops, { name: 'traps', run: '(unreachable)' }].map((guest) => ({
      wasm: guestFile({ schedules, ...guest }),
    }));
    const scheduler = await createVirtualScheduler({ plugins, budget: { fuel: 10_000 } });
    await scheduler.start();
    await scheduler.advance('61m');
    const runs = await scheduler.history();
    await scheduler.stop();

    const of = (plugin: string) => runs.find((run) => run.plugin === plugin);
    expect(of('loops')).toMatchObject({ outcome: 'over-budget', fuel: 10_000 });
    expect(of('traps')).toMatchObject({ outcome: 'failed', error: { kind: 'unreachable' } });
  });

  test('is counted as its installation says', async () => {
    const wasm = guestFile({ schedules: [{ id: 's', cron: '1h' }] });
    const scheduler = await createVirtualScheduler({ plugins: [{ wasm, budget: { fuel: Number.POSITIVE_INFINITY } }] });
    await scheduler.start();
    await scheduler.advance('61m');
    const [run] = await scheduler.history();
    await scheduler.stop();

    expect(run).toMatchObject({ outcome: 'succeeded' });
    expect(run).not.toHaveProperty('fuel');
  });
});

describe('the host of a WASM guest in virtual time', () => {
  const IMPORTS = ['kv_get', 'kv_set', 'fetch', 'metric', 'now', 'add']
    .map((name) => `(import "extism:host/user" "${name}" (func $${name} (param i64) (result i64)))`)
    .join(' ');
  const PERMISSIONS = { hostFunctions: ['add'], allowedUrls: ['https://shop.example.com/'] };

  /** A guest that has these texts, and a run that is made of what puts them where the host can read them. */
  function calling(
    texts: readonly string[],
    runOf: (...puts: string[]) => string,
    more = '',
  ): { readonly wasm: string } {
    const parts = texts.map((content, index) => text(FREE_AT + index * 256, content));
    const run = `${runOf(...parts.map(({ put }) => put))} (i32.const 0)`;
    const schedules = [{ id: 'daily', cron: '@daily', budget: { wall_ms: 60_000 } }];
    return {
      wasm: guestFile({ schedules, imports: IMPORTS, run, more: parts.map(({ data }) => data).join(' ') + more }),
    };
  }

  async function started(options: VirtualSchedulerOptions): Promise<VirtualScheduler> {
    const hostFunctions = { add: async (number: unknown) => Number(number) + 1, ...options.hostFunctions };
    const scheduler = await createVirtualScheduler({ startAt: '2026-01-01T12:00:00Z', ...options, hostFunctions });
    onTestFinished(async () => {
      await scheduler.stop();
    });
    await scheduler.start();
    return scheduler;
  }

  /** What each run has logged, the oldest first. */
  async function messagesOf(scheduler: VirtualScheduler): Promise<string[][]> {
    const runs = await scheduler.history({ withLog: true });
    return runs.map(({ log = [] }) => log.map(({ message }) => message)).reverse();
  }

  test('keeps entries from run to run, and each call is made once', async () => {
    const added: unknown[] = [];
    const texts = ['[]', '[1]', '[null,"seen"]', '[null,"seen","yes"]', '["runs",1]'];
    const guest = calling(
      texts,
      (none, one, get, set, runs) => `(call $log_info (call $kv_get ${get})) (call $log_info (call $now ${none}))
        (drop (call $kv_set ${set})) (drop (call $metric ${runs}))
        (call $log_info (call $add ${one})) (call $log_info (call $now ${none}))`,
    );
    const scheduler = await started({
      plugins: [{ ...guest, permissions: PERMISSIONS }],
      hostFunctions: {
        add: async (number) => {
          added.push(number);
          return Number(number) + 1;
        },
      },
    });
    await scheduler.advance('2d');

    const [second, third] = ['2026-01-02', '2026-01-03'].map((day) => String(Date.parse(day)));
    expect(await messagesOf(scheduler)).toEqual([
      ['null', second, '2', second],
      ['"yes"', third, '2', third],
    ]);
    expect(added).toEqual([1, 1]);
    expect((await scheduler.stats()).metrics).toMatchObject([{ name: 'runs', sum: 2, count: 2 }]);
    const [latest, first] = await scheduler.history();
    expect(first?.fuel).toBeGreaterThan(0);
    // Only the answer to the first call differs, and the guest does not look at it.
    expect(latest?.fuel).toBe(first?.fuel);
  });

  test('answers requests as the test says, and refuses what was not granted', async () => {
    const texts = ['[{"url":"https://shop.example.com/"}]', '[{"url":"https://other.example.com/"}]'];
    const guest = calling(
      texts,
      (granted, other) => `(call $log_info (call $fetch ${granted}))
        (drop (call $fetch ${other})) (call $log_info (call $error_get))`,
    );
    const plugins = [{ ...guest, permissions: PERMISSIONS }];
    const scheduler = await started({ plugins, fetch: ({ url }) => ({ body: `this is ${url}` }) });
    await scheduler.advance('1d');

    const [[answer = '', refusal] = []] = await messagesOf(scheduler);
    expect(JSON.parse(answer)).toMatchObject({ status: 200, body: 'this is https://shop.example.com/' });
    expect(refusal).toContain('the plugin may not ask for https://other.example.com/');
  });

  test('ends a run that waits for it when its wall time is over', async () => {
    const guest = calling(['[1]'], (one) => `(drop (call $add ${one}))`);
    const plugins = [{ ...guest, permissions: PERMISSIONS }];
    const scheduler = await started({ plugins, hostFunctions: { add: () => new Promise(() => {}) } });
    await scheduler.advance('1d');

    expect(await scheduler.history()).toMatchObject([{ outcome: 'timed-out' }]);
  });

  test('finds a kept instance as its earlier runs have left it', async () => {
    const count = '(global $n (mut i32) (i32.const 48))';
    const guest = calling(
      ['[null,"k",1]', '[1]'],
      (set, one) => `(global.set $n (i32.add (global.get $n) (i32.const 1)))
        (drop (call $kv_set ${set})) (drop (call $add ${one}))
        (i32.store8 (i32.const 60000) (global.get $n)) (call $log_info (call $put (i32.const 60000) (i32.const 1)))`,
      count,
    );
    const scheduler = await started({ plugins: [{ ...guest, permissions: PERMISSIONS, instance: 'kept' }] });
    await scheduler.advance('4d');

    expect(await messagesOf(scheduler)).toEqual([['1'], ['2'], ['3'], ['4']]);
  });
});
