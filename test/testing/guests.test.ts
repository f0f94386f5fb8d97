import { describe, expect, onTestFinished, test } from 'vitest';
import { createVirtualScheduler } from '../../src/testing/index.ts';
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

  test('ends when its fuel is used up, traps, and is told that it has no host', async () => {
    const none = text(FREE_AT, '[null,"key"]');
    const loops = { name: 'loops', run: '(loop $l (br $l)) (i32.const 0)' };
    const asks = {
      name: 'asks',
      imports: '(import "extism:host/user" "kv_get" (func $kv_get (param i64) (result i64)))',
      run: `(drop (call $kv_get ${none.put})) (call $error_set (call $error_get)) (i32.const 1)`,
      more: none.data,
    };
    const plugins = [loops, { name: 'traps', run: '(unreachable)' }, asks].map((guest) => ({ wasm: guestFile(guest) }));
    const scheduler = await createVirtualScheduler({ plugins, budget: { fuel: 10_000 } });
    await scheduler.start();
    await scheduler.advance('61m');
    const runs = await scheduler.history();
    await scheduler.stop();

    const of = (plugin: string) => runs.find((run) => run.plugin === plugin);
    expect(of('loops')).toMatchObject({ outcome: 'over-budget', fuel: 10_000 });
    expect(of('traps')).toMatchObject({ outcome: 'failed', error: { kind: 'unreachable' } });
    expect(of('asks')).toMatchObject({ error: { message: expect.stringContaining('can call config, log and now') } });
  });
});
