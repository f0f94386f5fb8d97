import { describe, expect, test } from 'vitest';
import type { PluginLoadError } from '../../../../src/errors.ts';
import { FREE_AT, type GuestText, guestBytes, text, wasmBytes } from '../../../support/guest-text.ts';
import { openedGuest, runGuest } from '../../../support/opened-guest.ts';

async function refusal(guest: GuestText | Uint8Array, install = {}): Promise<string> {
  const opened = openedGuest(guest, install).then((each) => each.declare());
  const error = await opened.then(
    () => null,
    (thrown: unknown) => thrown as PluginLoadError,
  );
  expect(error).toMatchObject({ name: 'PluginLoadError', code: 'ERR_ESCAPEMENT_PLUGIN_LOAD' });
  return error?.reason ?? '';
}

/** Gives another output at every call. */
const CHANGING = `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
  (i32.store8 (i32.const 1024) (i32.add (i32.const 97) (global.get $calls)))
  (call $give (call $put (i32.const 1024) (i32.const 5))) (i32.const 0)`;
const CALLS = '(global $calls (mut i32) (i32.const 0))';

describe('a guest declares', () => {
  test('what a module would, in snake_case', async () => {
    const schedules = [
      {
        id: 'nightly',
        description: 'a report',
        cron: '0 3 * * *',
        timezone: 'Europe/Paris',
        jitter_ms: 1_000,
        missed_after_ms: 2_000,
        missed_run_policy: 'run_all',
        max_catchup: 3,
        max_late_ms: 4_000,
        pause_after_failures: 5,
        probe_after_ms: 6_000,
        locking: 'prefer_global',
        config_json: '{"to":["ops"]}',
        budget: { wall_ms: 1, cpu_ms: 2, heap_mb: 3, grace_ms: 4, fuel: 5 },
        enabled: false,
      },
      { id: 'hourly', cron: '@hourly', description: null, timezone: null, config_json: '', budget: null },
    ];
    const priority = text(FREE_AT, ' 7\n');
    const more = `${priority.data} (func (export "priority") (result i32) (call $give ${priority.put}) (i32.const 0))`;

    expect(await (await openedGuest({ name: 'reports', schedules, more })).declare()).toEqual({
      name: 'reports',
      priority: 7,
      schedules: [
        {
          id: 'nightly',
          description: 'a report',
          cron: '0 3 * * *',
          timezone: 'Europe/Paris',
          jitterMs: 1_000,
          missedAfterMs: 2_000,
          missedRunPolicy: 'run-all',
          maxCatchup: 3,
          maxLateMs: 4_000,
          pauseAfterFailures: 5,
          probeAfterMs: 6_000,
          locking: 'prefer-global',
          config: { to: ['ops'] },
          budget: { wallMs: 1, cpuMs: 2, heapMb: 3, graceMs: 4, fuel: 5 },
          enabled: false,
        },
        { id: 'hourly', cron: '@hourly' },
      ],
    });
  });

  test.each([
    ['an unknown field', [{ id: 'a', cron: '1h', jitterMs: 1 }], 'its schedule "a" has an unknown field: jitterMs ('],
    [
      'an unknown field of a budget',
      [{ id: 'a', budget: { wallMs: 1 } }],
      'an unknown field: wallMs (did you mean wall_ms?)',
    ],
    [
      'a config that is not JSON',
      [{ id: 'a', config_json: '{a}' }],
      'its schedule "a" has a config_json that is not JSON',
    ],
    ['what is not JSON', '[{"id":', 'its schedules() returned what is not JSON: '],
    ['no text at all', '', 'its schedules() returned what is not JSON: '],
  ])('not %s', async (_, schedules, reason) => {
    expect(await refusal({ schedules })).toContain(reason);
  });

  test.each([
    ['nothing', { schedulesBody: '(i32.const 0)' }, 'its schedules() set no output'],
    [
      'a failure',
      { schedulesBody: '(i32.const 3)' },
      'its schedules() failed: GuestFailedError: its schedules() returned 3',
    ],
    ['a trap', { schedulesBody: '(unreachable)' }, 'its schedules() failed: GuestTrapError: The guest trapped in'],
    ['a name that traps', { nameBody: '(unreachable)' }, 'its name() failed: GuestTrapError: The guest trapped in'],
    ['a name that changes', { nameBody: CHANGING, more: CALLS }, 'its name() returned "buest", and then "cuest"'],
    [
      'a call of the host while it is loaded',
      {
        imports: '(import "extism:host/user" "kv_get" (func $kv_get (param i64) (result i64)))',
        more: text(FREE_AT, '[null,"key"]').data,
        schedulesBody: `(drop (call $kv_get ${text(FREE_AT, '[null,"key"]').put}))
          (call $error_set (call $error_get)) (i32.const 1)`,
      },
      'GuestFailedError: the function kv.get can be called in run() only',
    ],
  ] as const)('not %s', async (_, guest, reason) => {
    expect(await refusal(guest)).toContain(reason);
  });
});

describe('a guest that imports what it may not', () => {
  const imports = (count: number, name: (index: number) => string): string =>
    Array.from({ length: count }, (_, index) => `(import "env" "${name(index)}" (func))`).join(' ');

  test('is told each name once, the first of many, and each cut', async () => {
    const twice = await refusal({ imports: imports(24, (index) => `f${index % 4}`) });
    const many = await refusal({ imports: imports(24, (index) => `f${index}`) });
    const long = await refusal({ imports: imports(24, (index) => 'x'.repeat(5_000) + index) });

    expect(twice).toContain('what it may not: env.f0, env.f1, env.f2, env.f3. A guest');
    expect(many).toContain('env.f18, env.f19 and 4 more. A guest');
    expect(long).toMatch(/what it may not: (?:env\.x{123}…, ){19}env\.x{123}… and 4 more\. A guest/);
  });
});

describe('what a guest says of itself', () => {
  const saying = (about: unknown): GuestText => {
    const { data, put } = text(FREE_AT, typeof about === 'string' ? about : JSON.stringify(about));
    return { more: `${data} (func (export "about") (result i32) (call $give ${put}) (i32.const 0))` };
  };

  test('is its version, what it is for, and its capabilities', async () => {
    const about = { version: '1.2.0', description: 'a report', provides: ['report.daily'], requires: ['host.fetch'] };

    expect(await (await openedGuest(saying(about))).declare()).toMatchObject({
      version: '1.2.0',
      description: 'a report',
      capabilities: { provides: ['report.daily'], requires: ['host.fetch'] },
    });
    const least = await (await openedGuest(saying({ version: null, requires: ['locking'] }))).declare();
    expect(least).not.toHaveProperty('version');
    expect(least.capabilities).toEqual({ requires: ['locking'] });
    expect(await (await openedGuest(saying({}))).declare()).not.toHaveProperty('capabilities');
  });

  test.each([
    ['{"version":', 'its about() returned what is not JSON: '],
    [['1.2.0'], 'its about() must return an object'],
    [
      { capabilities: {} },
      'its about() has an unknown field: capabilities; the fields are version, description, provides',
    ],
  ])('is refused if it is %j', async (about, reason) => {
    expect(await refusal(saying(about))).toContain(reason);
  });

  test('counts with the fuel of its load, call by call', async () => {
    const guest = await openedGuest(saying({ version: '1' }));
    expect(guest.loadFuel).toEqual([]);
    await guest.declare();
    const calls = guest.loadFuel;
    const again = await openedGuest(saying({ version: '1' }));
    await again.declare();

    expect(calls.map(({ call, limit }) => [call, limit])).toEqual([
      ['name', 1_000_000_000],
      ['schedules', 1_000_000_000],
      ['about', 1_000_000_000],
    ]);
    expect(calls.every(({ used }) => Number.isInteger(used) && used > 0)).toBe(true);
    expect(again.loadFuel).toEqual(calls);
    const unmetered = await openedGuest({}, { isUnmetered: true });
    await unmetered.declare();
    expect(unmetered.loadFuel).toEqual([]);
  });
});

describe('a guest is refused', () => {
  test('with the names of everything that it may not import', async () => {
    const imports = `
      (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
      (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
      (import "extism:host/user" "cache_purge" (func (param i64) (result i64)))
      (import "extism:host/env" "no_such" (func))
      (import "env" "table" (table 1 funcref))`;

    expect(await refusal({ imports })).toBe(
      'it imports what it may not: wasi_snapshot_preview1.fd_write, wasi_snapshot_preview1.clock_time_get, ' +
        'extism:host/user.cache_purge, extism:host/env.no_such, env.table (a table). ' +
        'WASI is not available: build the guest without it (Rust: target wasm32-unknown-unknown; TinyGo: target ' +
        'wasm-unknown; C: -nostdlib; AssemblyScript: no WASI shim); functions of extism:host/user are granted by ' +
        'permissions.hostFunctions',
    );
  });

  test.each([
    ['toString', '(import "extism:host/env" "toString" (func))'],
    ['a prototype', '(import "__proto__" "toString" (func))'],
    ['a constructor', '(import "constructor" "name" (func))'],
    ['a global', '(import "extism:host/env" "free" (global i32))'],
    ['abort of AssemblyScript', '(import "env" "abort" (func (param i32 i32 i32 i32)))'],
    ['a function that nobody granted', '(import "extism:host/user" "secrets_get" (func (param i64) (result i64)))'],
  ])('for the import of %s', async (_, imports) => {
    expect(await refusal({ imports })).toContain('it imports what it may not: ');
  });

  test('for the import of a memory', async () => {
    const bytes = wasmBytes('(module (import "extism:host/env" "alloc" (memory 1)))');

    expect(await refusal(bytes)).toContain(
      'it cannot be used: WasmError: the import "extism:host/env.alloc" is a memory',
    );
  });

  test('but not for a function that was granted, under the name that it has in a guest', async () => {
    const imports = '(import "extism:host/user" "cache_purge_all" (func $purge (param i64) (result i64)))';
    const args = text(FREE_AT, '["images", 3]');
    const run = `(call $log_info (call $purge ${args.put})) (i32.const 0)`;
    const install = { permissions: { hostFunctions: ['cache.purge-all'] } };
    const guest = await openedGuest({ imports, run, more: args.data }, install);

    const { calls, lines } = await runGuest(guest, { answer: () => ({ purged: 3 }) });

    expect(calls).toEqual([['cache.purge-all', ['images', 3]]]);
    expect(lines).toEqual([['info', '{"purged":3}']]);
  });

  test('for a function whose name in a guest is that of another one', async () => {
    const grants = (...hostFunctions: string[]) => ({ permissions: { hostFunctions } });

    expect(await refusal({}, grants('a.b', 'a-b'))).toContain(
      'it cannot be granted a-b: another function has the name',
    );
    expect(await refusal({}, grants('kv-get'))).toContain('it cannot be granted kv-get');
    expect(await openedGuest({}, grants('kv.get'))).toBeDefined();
  });

  test.each(['now', 'config', 'log', 'file_read', 'file.list'])(
    'for %s, which never reaches the host',
    async (name) => {
      for (const allowedPaths of [[], ['.']]) {
        const permissions = { hostFunctions: ['cache.purge', name], allowedPaths };

        expect(await refusal({}, { permissions })).toContain(`it cannot be granted ${name}: another function has`);
      }
    },
  );

  test.each([
    ['nothing', new Uint8Array(), 'it cannot be used'],
    ['a text', new TextEncoder().encode('export default {}'), 'it cannot be used'],
    ['half a module', guestBytes().slice(0, 300), 'it cannot be used'],
    [
      'no guest',
      wasmBytes('(module (func (export "run")))'),
      'it does not export name(), schedules(): a guest exports',
    ],
    [
      'a name that is not a function',
      wasmBytes(
        '(module (global (export "name") i32 (i32.const 1)) (func (export "schedules")) (func (export "run")))',
      ),
      'it does not export name()',
    ],
  ])('when its file holds %s', async (_, bytes, reason) => {
    expect(await refusal(bytes)).toContain(reason);
  });

  test('when its functions take arguments', async () => {
    const bytes = wasmBytes(
      '(module (func (export "name") (param i64)) (func (export "schedules")) (func (export "run")))',
    );

    expect(await refusal(bytes)).toContain('its name() failed: GuestTrapError');
  });

  test('when its start traps', async () => {
    expect(await refusal({ more: '(func $start (unreachable)) (start $start)' })).toContain(
      'The guest trapped in start: unreachable; its start function may execute 1000000000 instructions',
    );
  });
});

describe('what a compiler puts before the first call', () => {
  test('is executed once in each instance', async () => {
    const more = `(global $ready (mut i32) (i32.const 0))
      (func (export "_initialize") (global.set $ready (i32.add (global.get $ready) (i32.const 1))))`;
    const guest = await openedGuest({ more, run: '(i32.sub (global.get $ready) (i32.const 1))' }, { instance: 'kept' });

    expect([(await runGuest(guest)).error, (await runGuest(guest)).error]).toEqual([null, null]);
  });
});

describe('an instance', () => {
  const COUNTER = {
    more: CALLS,
    run: '(global.set $calls (i32.add (global.get $calls) (i32.const 1))) (global.get $calls)',
  };

  test('is fresh for each run, unless it is kept', async () => {
    const errors = async (instance: 'fresh' | 'kept') => {
      const guest = await openedGuest(COUNTER, { instance });
      return [(await runGuest(guest)).error?.message, (await runGuest(guest)).error?.message];
    };

    expect(await errors('fresh')).toEqual(['its run() returned 1', 'its run() returned 1']);
    expect(await errors('kept')).toEqual(['its run() returned 1', 'its run() returned 2']);
  });

  test('is not kept after a trap', async () => {
    const run = `(global.set $calls (i32.add (global.get $calls) (i32.const 1)))
      (if (i32.eq (global.get $calls) (i32.const 2)) (then (unreachable))) (global.get $calls)`;
    const guest = await openedGuest({ ...COUNTER, run }, { instance: 'kept' });
    const results = [];
    for (let turn = 0; turn < 3; turn += 1) results.push((await runGuest(guest)).error?.message);

    expect(results).toEqual(['its run() returned 1', 'The guest trapped in run: unreachable.', 'its run() returned 1']);
  });
});
