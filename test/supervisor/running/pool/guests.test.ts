/** WASM guests in real threads and processes: a run ends as it should, and its worker goes on. */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { isWasmModule } from '../../../../src/wire/guests/web-assembly.ts';
import type { LoadedPlugin, PluginSource } from '../../../../src/workers/protocol.ts';
import { FREE_AT, GuestFolder, type GuestText, text } from '../../../support/guest-text.ts';
import { PoolHarness, source } from '../../../support/pool-harness.ts';

const isThread = PoolHarness.isolation === 'thread';
const BURN = `(loop $l ${'(drop (i32.const 1))'.repeat(500)} (br $l)) (i32.const 0)`;
const FETCH = '(import "extism:host/user" "fetch" (func $fetch (param i64) (result i64)))';
const args = text(FREE_AT, '[{"url":"https://example.com/"}]');
const CALLING: GuestText = {
  imports: FETCH,
  more: args.data,
  run: `(call $log_info (call $fetch ${args.put})) (i32.const 0)`,
};

function guestSource(module: string, install: Partial<PluginSource> = {}): PluginSource {
  return { ...source(module), ...install };
}

describe('a WASM guest', () => {
  test('is loaded, runs, and reports what it has executed', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ name: 'reports', run: '(call $log_info (call $input_offset)) (i32.const 0)' });

    expect(await harness.pool.load(source(module), 5_000)).toMatchObject({
      name: 'reports',
      schedules: [{ id: 's', cron: '9000w' }],
    });
    const run = harness.run(module, { config: { to: 'ops' } });

    expect(await run.reported).toMatchObject({ outcome: 'succeeded', fuel: 3 });
    expect(JSON.parse(run.lines[0]?.message ?? '')).toMatchObject({ schedule_id: 's', config_json: '{"to":"ops"}' });
  });

  test.each([
    ['executes without end', { run: BURN }, { outcome: 'over-budget', fuel: 1_000_000 }, 'ERR_ESCAPEMENT_FUEL'],
    ['traps', { run: '(unreachable)' }, { outcome: 'failed', fuel: 1 }, 'ERR_ESCAPEMENT_GUEST_TRAP'],
    ['fails', { run: '(i32.const 2)' }, { outcome: 'failed', fuel: 1 }, 'ERR_ESCAPEMENT_GUEST_FAILED'],
    [
      'fills its stack',
      { run: '(call $f)', more: '(func $f (result i32) (i32.add (i32.const 1) (call $f)))' },
      { outcome: 'failed' },
      'ERR_ESCAPEMENT_GUEST_TRAP',
    ],
    [
      'asks for memory without end',
      { run: '(loop $l (drop (call $alloc (i64.const 1000000))) (br $l)) (i32.const 0)' },
      { outcome: 'failed' },
      'ERR_ESCAPEMENT_GUEST_TRAP',
    ],
    [
      'calls the host wrongly',
      { run: '(call $log_info (i64.const -1)) (i32.const 0)' },
      { outcome: 'failed' },
      'ERR_ESCAPEMENT_GUEST_TRAP',
    ],
  ] as const)('that %s loses its run, and not its worker', async (_, guest, report, code) => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const budget = { fuel: 1_000_000_000 };
    if (report.outcome === 'over-budget') budget.fuel = 1_000_000;
    const before = await harness.report(folder.add({}), { budget });
    const ended = await harness.report(folder.add(guest), { budget });
    const after = await harness.report('empty.ts');

    expect(ended).toMatchObject({ ...report, error: { code }, isTerminated: false });
    expect(after.outcome).toBe('succeeded');
    expect(new Set([before, ended, after].map(({ start }) => start?.threadId)).size).toBe(1);
    expect(harness.warnings).toEqual([]);
    expect(harness.pool.stats()).toMatchObject({ threadsReplaced: 0 });
  });

  test('that is not counted is ended by its wall budget, with its worker', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ run: BURN });
    const request = { source: guestSource(module, { isUnmetered: true }), budget: { wallMs: 200, graceMs: 50 } };

    expect(await harness.report(module, request)).toMatchObject({ outcome: 'timed-out', isTerminated: true });
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
  });

  test('waits for the host, and the host does not wait for it', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const asked = Promise.withResolvers<readonly unknown[]>();
    const answer = Promise.withResolvers<{ status: number }>();
    const run = harness.run(folder.add(CALLING), {
      host: (name, given) => {
        asked.resolve([name, given]);
        return answer.promise;
      },
    });

    expect(await asked.promise).toEqual(['fetch', [{ url: 'https://example.com/' }]]);
    answer.resolve({ status: 200 });
    expect(await run.reported).toMatchObject({ outcome: 'succeeded' });
    expect(run.lines.map(({ message }) => message)).toEqual(['{"status":200}']);
  });

  test('makes a thousand calls in one run', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const run = `(loop $l (drop (call $fetch ${args.put})) (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 1000)))) (i32.const 0)`;
    let count = 0;
    const report = await harness.report(folder.add({ ...CALLING, run }), {
      host: async () => {
        count += 1;
        return null;
      },
    });

    expect([report.outcome, count]).toEqual(['succeeded', 1_000]);
  });

  test('that calls with JSON of any depth loses its run at most', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    for (const depth of [1_000, 20_000, 400_000]) {
      // [[[ … ]]], written byte by byte.
      const run = `(local.set $a (call $alloc (i64.const ${2 * depth})))
        (loop $l
          (call $store_u8 (i64.add (local.get $a) (local.get $b)) (i32.const 91))
          (call $store_u8 (i64.add (local.get $a) (i64.sub (i64.const ${2 * depth - 1}) (local.get $b))) (i32.const 93))
          (local.set $b (i64.add (local.get $b) (i64.const 1)))
          (br_if $l (i64.lt_u (local.get $b) (i64.const ${depth}))))
        (drop (call $fetch (local.get $a))) (i32.const 0)`;
      const report = await harness.report(folder.add({ ...CALLING, run }));

      expect(['succeeded', 'failed'], `${depth}: ${report.error?.message}`).toContain(report.outcome);
    }
    expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
    expect(harness.pool.stats()).toMatchObject({ threadsReplaced: 0 });
  });

  test('learns why a call has failed', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const run = `(local.set $a (call $fetch ${args.put})) (call $error_set (call $error_get)) (i32.wrap_i64 (local.get $a))`;
    const host = async () => {
      throw new Error('that URL is not allowed');
    };

    expect(await harness.report(folder.add({ ...CALLING, run }), { host })).toMatchObject({
      outcome: 'failed',
      error: { name: 'GuestFailedError', message: 'that URL is not allowed' },
    });
  });

  test.each([
    ['its wall budget', { wallMs: 150 }, 'timed-out'],
    ['an operator', {}, 'aborted'],
  ] as const)(
    'that waits for the host ends with its run, at %s, and its worker goes on',
    async (_, budget, outcome) => {
      await using harness = new PoolHarness();
      using folder = new GuestFolder();
      const asked = Promise.withResolvers<void>();
      const run = harness.run(folder.add(CALLING), {
        budget: { ...budget, graceMs: 10_000 },
        host: () => {
          asked.resolve();
          return new Promise(() => {});
        },
      });
      await asked.promise;
      if (outcome === 'aborted') harness.pool.abort(run.runId, 'operator');

      expect(await run.reported).toMatchObject({ outcome, isTerminated: false });
      expect(await harness.report('empty.ts')).toMatchObject({ outcome: 'succeeded' });
      expect(harness.pool.stats()).toMatchObject({ threadsReplaced: 0 });
    },
  );

  test('that asks again after its abort gets no answer either', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    let calls = 0;
    // It catches what the host throws, as a guest may.
    const run = `(loop $l (try (do (drop (call $fetch ${args.put}))) (catch_all)) (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $l (i32.lt_u (local.get $i) (i32.const 100)))) (i32.const 0)`;
    const module = folder.add({ ...CALLING, run });
    const report = await harness.report(module, {
      budget: { wallMs: 150, graceMs: 10_000 },
      host: () => {
        calls += 1;
        return new Promise(() => {});
      },
    });

    expect([report.outcome, calls]).toEqual(['timed-out', 1]);
  });

  test.runIf(isThread)('is compiled once, and other threads get its code', async () => {
    await using harness = new PoolHarness({ maxThreads: 2, minThreads: 2 });
    using folder = new GuestFolder();
    const module = folder.add(CALLING);
    const { code }: LoadedPlugin = await harness.pool.load(source(module), 5_000);
    if (code === undefined) throw new Error('no code was shared');
    expect(isWasmModule(code.module)).toBe(true);
    // Whoever compiles it again needs its file.
    rmSync(fileURLToPath(module));
    const answers = [Promise.withResolvers<null>(), Promise.withResolvers<null>()];
    const arrived = Promise.withResolvers<void>();
    let count = 0;
    const request = {
      source: guestSource(module, { id: 'with-code', code }),
      host: () => {
        count += 1;
        if (count === 2) arrived.resolve();
        return (answers[count - 1] as (typeof answers)[number]).promise;
      },
    };
    const runs = [harness.run(module, request), harness.run(module, request)];
    await arrived.promise;
    for (const { resolve } of answers) resolve(null);

    const reports = await Promise.all(runs.map(({ reported }) => reported));
    expect(reports.map(({ outcome }) => outcome)).toEqual(['succeeded', 'succeeded']);
    expect(new Set(reports.map(({ start }) => start?.threadId)).size).toBe(2);
  });

  test.runIf(!isThread)('keeps its code in its process', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();

    expect(await harness.pool.load(source(folder.add()), 5_000)).not.toHaveProperty('code');
  });

  test('that is refused says why, and the next plugin loads', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ imports: '(import "wasi_snapshot_preview1" "proc_exit" (func (param i32)))' });

    await expect(harness.pool.load(source(module), 5_000)).rejects.toThrow(
      'it imports what it may not: wasi_snapshot_preview1.proc_exit. WASI is not available',
    );
    expect(await harness.pool.load(source(folder.add()), 5_000)).toMatchObject({ name: 'guest' });
  });

  test('alone can have an option of guests', async () => {
    await using harness = new PoolHarness();
    const module = { ...source('empty.ts'), instance: 'kept' as const };

    await expect(harness.pool.load(module, 5_000)).rejects.toThrow('only a WASM guest can have the option "instance"');
  });

  test('cleans up in each worker that had it', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ more: '(func (export "cleanup") (result i32) (unreachable))' });
    await harness.report(module);
    harness.pool.recycle();

    expect(await harness.warned).toMatchObject({ code: 'cleanup-failed', error: { kind: 'unreachable' } });
  });

  test('is named when its cleanup fails, once however often it is installed, and each beside others', async () => {
    await using harness = new PoolHarness({ minThreads: 1, maxThreads: 1 });
    using folder = new GuestFolder();
    const modules = ['1', '2'].map((page) =>
      folder.add({ more: `(memory ${page}) (func (export "cleanup") (result i32) (unreachable))` }),
    );
    const sources = modules.map((module) => source(module));
    const again = sources.map((each) => ({ ...each, id: `${each.id} again` }));
    for (const each of [...sources, ...again]) await harness.pool.load(each, 5_000);

    await harness.pool.close();

    const told = sources.map((each) => `The cleanup() of plugin ${each.module} failed.`);
    expect(harness.warnings.map(({ message }) => message)).toEqual(told);
  });
});

describe('a WASM guest that is unloaded', () => {
  const TRAPS_AT_CLEANUP = '(func (export "cleanup") (result i32) (unreachable))';

  test('is cleaned up in each worker that had it, and the workers go on', async () => {
    await using harness = new PoolHarness({ minThreads: 2, maxThreads: 2 });
    using folder = new GuestFolder();
    const module = folder.add({ ...CALLING, more: `${CALLING.more}${TRAPS_AT_CLEANUP}` });
    const gate = Promise.withResolvers<null>();
    const runs = [1, 2].map(() => harness.run(module, { host: () => gate.promise }));
    const workers = (await Promise.all(runs.map(({ started }) => started))).map(({ threadId }) => threadId);
    gate.resolve(null);
    await Promise.all(runs.map(({ reported }) => reported));

    harness.pool.unload(source(module));
    const warning = { code: 'cleanup-failed', message: `The cleanup() of plugin ${source(module).module} failed.` };
    expect(await harness.warnedTimes(2)).toMatchObject([
      { ...warning, error: { kind: 'unreachable' } },
      { ...warning, error: { kind: 'unreachable' } },
    ]);

    const next = [1, 2].map(() => harness.run('honours-signal.ts'));
    await Promise.all(next.map(({ logged }) => logged('awaiting')));
    const after = (await Promise.all(next.map(({ started }) => started))).map(({ threadId }) => threadId);
    expect(after.sort()).toEqual(workers.sort());
    for (const { runId } of next) harness.pool.abort(runId, 'operator');
    await Promise.all(next.map(({ reported }) => reported));
    expect(harness.pool.stats().threadsReplaced).toBe(0);
  });

  test('finishes its runs before, those that wait as well', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ ...CALLING, more: `${CALLING.more}${TRAPS_AT_CLEANUP}` });
    const gate = Promise.withResolvers<string>();
    const [live, waiting] = [1, 2].map(() => harness.run(module, { host: () => gate.promise }));
    await live?.started;

    harness.pool.unload(source(module));
    expect(harness.warnings).toEqual([]);
    gate.resolve('opened');

    expect([await live?.reported, await waiting?.reported]).toMatchObject([
      { outcome: 'succeeded' },
      { outcome: 'succeeded' },
    ]);
    expect(await harness.warnedTimes(1)).toMatchObject([{ code: 'cleanup-failed' }]);
  });

  test('is not cleaned up in the middle of a run that another guest has in the same worker', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const gone = folder.add({ more: TRAPS_AT_CLEANUP });
    await harness.report(gone);
    const gate = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const live = harness.run(folder.add(CALLING), {
      host: () => {
        asked.resolve();
        return gate.promise;
      },
    });
    await asked.promise;

    harness.pool.unload(source(gone));
    gate.resolve('opened');

    expect(await live.reported).toMatchObject({ outcome: 'succeeded' });
    expect(await harness.warnedTimes(1)).toMatchObject([{ code: 'cleanup-failed' }]);
  });

  test('runs once more for a run that comes late, and is given up after it', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ more: TRAPS_AT_CLEANUP });
    await harness.report(module);
    harness.pool.unload(source(module));
    await harness.warnedTimes(1);

    expect(await harness.report(module)).toMatchObject({ outcome: 'succeeded' });
    expect(await harness.warnedTimes(2)).toHaveLength(2);
  });

  test('costs no worker, however long its cleanup takes: no run has left that behind', async () => {
    await using harness = new PoolHarness();
    using folder = new GuestFolder();
    const module = folder.add({ more: `(func (export "cleanup") (result i32) ${BURN})` });
    const before = await harness.report(module);

    harness.pool.unload(source(module));
    const after = await harness.report('empty.ts');

    expect(after).toMatchObject({ outcome: 'succeeded', start: { threadId: before.start?.threadId } });
    expect(await harness.warnedTimes(1)).toMatchObject([
      { code: 'cleanup-failed', error: { code: 'ERR_ESCAPEMENT_FUEL' } },
    ]);
  });

  test('leaves modules where they are', async () => {
    await using harness = new PoolHarness();
    const before = await harness.report('empty.ts');
    harness.pool.unload(source('empty.ts'));
    const after = await harness.report('empty.ts');

    expect(after).toMatchObject({ outcome: 'succeeded', start: { threadId: before.start?.threadId } });
    expect(harness.warnings).toEqual([]);
  });
});
