import { describe, expect, test } from 'vitest';
import { FREE_AT, text } from '../../../support/guest-text.ts';
import { openedGuest, runGuest } from '../../../support/opened-guest.ts';

/** A thousand instructions a turn, so that a large budget is used up soon. */
const BURN = `(loop $l ${'(drop (i32.const 1))'.repeat(500)} (br $l))`;
const LOOP = `${BURN} (i32.const 0)`;
const COUNTED = `(loop $l
  (local.set $i (i32.add (local.get $i) (i32.const 1)))
  (br_if $l (i32.lt_u (local.get $i) (i32.const 1000)))) (i32.const 0)`;

describe('the fuel of a guest', () => {
  test('ends an endless loop, and what was used is the budget', async () => {
    const guest = await openedGuest({ run: LOOP });

    const { error, spent } = await runGuest(guest, { fuel: 100_000 });

    expect(error).toMatchObject({ name: 'FuelExhaustedError', code: 'ERR_ESCAPEMENT_FUEL', fuel: 100_000 });
    expect(error?.message).toBe("The guest's run() used up its fuel, which is 100000 instructions (budget.fuel).");
    expect(spent).toEqual({ used: 100_000, isExhausted: true });
    expect((await runGuest(await openedGuest({}))).error).toBeNull();
  });

  test('is counted to the instruction, whatever the budget, and the same in each run', async () => {
    for (const instance of ['fresh', 'kept'] as const) {
      const guest = await openedGuest({ run: COUNTED }, { instance });
      const first = await runGuest(guest, { fuel: 1_000_000 });
      const second = await runGuest(guest, { fuel: 2_000_000 });
      const used = first.spent?.used ?? 0;

      expect(first.error).toBeNull();
      expect(used).toBeGreaterThan(8 * 999);
      expect(second.spent).toEqual({ used, isExhausted: false });
      expect((await runGuest(guest, { fuel: used })).error).toBeNull();
      expect((await runGuest(guest, { fuel: used - 1 })).spent).toEqual({ used: used - 1, isExhausted: true });
    }
  });

  test('ends endless recursion before the stack is full, if it is low', async () => {
    const more = '(func $deep (result i32) (i32.add (i32.const 1) (call $deep)))';
    const { error } = await runGuest(await openedGuest({ run: '(call $deep)', more }), { fuel: 1_000 });

    expect(error).toMatchObject({ name: 'FuelExhaustedError' });
  });

  test('is reported also for a run that fails or traps', async () => {
    const failed = await runGuest(await openedGuest({ run: '(i32.const 1)' }));
    const trapped = await runGuest(await openedGuest({ run: '(unreachable)' }));

    expect(failed.spent).toEqual({ used: 1, isExhausted: false });
    expect(trapped.spent).toEqual({ used: 1, isExhausted: false });
  });

  test('is told as a whole, with the option only if it sets the fuel', async () => {
    const more = `(func (export "_initialize") (local $i i32) ${COUNTED} (drop))`;
    const loop = '(loop $l (br $l)) (i32.const 0)';
    const { error, spent } = await runGuest(await openedGuest({ more, run: loop }), { fuel: 20_000 });

    expect(error?.message).toBe("The guest's run() used up its fuel, which is 20000 instructions (budget.fuel).");
    expect(spent).toEqual({ used: 20_000, isExhausted: true });
    const unset =
      "The guest's schedules() used up its fuel, which is 1000000000 instructions, and no option changes that.";
    await expect((await openedGuest({ schedulesBody: loop })).declare()).rejects.toThrow(unset);
  });

  test('pays for the start of the instance that a run needs', async () => {
    const more = `(func (export "_initialize") (local $i i32) ${COUNTED} (drop))`;
    const fresh = await openedGuest({ more });
    const kept = await openedGuest({ more }, { instance: 'kept' });
    const [plain, started] = [await runGuest(await openedGuest({})), await runGuest(fresh)];

    expect(started.spent?.used).toBeGreaterThan((plain.spent?.used ?? 0) + 8 * 999);
    expect((await runGuest(fresh, { fuel: 500 })).error).toMatchObject({ name: 'FuelExhaustedError', fuel: 500 });
    expect((await runGuest(fresh, { fuel: 500 })).spent).toEqual({ used: 500, isExhausted: true });
    // Its instance was made when it was asked what it declares, if at all.
    await runGuest(kept);
    expect((await runGuest(kept, { fuel: 500 })).spent).toEqual(plain.spent);
  });

  test('is not counted where that is switched off', async () => {
    const guest = await openedGuest({ run: COUNTED }, { isUnmetered: true });

    expect(await runGuest(guest, { fuel: Number.POSITIVE_INFINITY })).toMatchObject({ error: null, spent: null });
  });

  test('cannot be given back by the guest, which may export a global of that name', async () => {
    const more = '(global (export "escapement_fuel") (mut i64) (i64.const 9999999))';
    const { spent } = await runGuest(await openedGuest({ run: LOOP, more }), { fuel: 1_000 });

    expect(spent).toEqual({ used: 1_000, isExhausted: true });
  });

  test.each([
    ['schedules()', { schedulesBody: LOOP }],
    ['name()', { nameBody: LOOP }],
    ['_initialize()', { more: `(func (export "_initialize") ${BURN})` }],
    ['start function', { more: `(func $start ${BURN}) (start $start)` }],
  ])('ends a load whose %s loops', async (name, guest) => {
    const load = openedGuest(guest).then((each) => each.declare());

    await expect(load).rejects.toMatchObject({ name: 'PluginLoadError', reason: expect.stringContaining(name) });
    await expect(load).rejects.toThrow(/1000000000 instructions/);
  });

  test('ends a cleanup() that loops', async () => {
    const guest = await openedGuest({ more: `(func (export "cleanup") (result i32) ${LOOP})` });

    expect(guest.hasCleanup).toBe(true);
    await expect(guest.cleanup()).rejects.toMatchObject({ name: 'FuelExhaustedError' });
  });
});

describe('the memory of a guest', () => {
  test('grows to its pages and no further', async () => {
    const run = `(loop $l (br_if $l (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) (i32.sub (memory.size) (i32.const 9))`;

    expect((await runGuest(await openedGuest({ run }, { permissions: { memoryPages: 9 } }))).error).toBeNull();
  });

  test('is refused when it begins with more than it may have', async () => {
    await expect(openedGuest({ memory: '300' })).rejects.toThrow(/300 pages|pages/);
  });

  test('and its texts are no way around 50 MB of JSON', async () => {
    const long = `(local.set $a (call $alloc (i64.const 50000000))) (call $output_set (local.get $a) (i64.const 50000000)) (i32.const 0)`;
    const small = await runGuest(await openedGuest({ run: long }));
    const large = await runGuest(await openedGuest({ run: long }, { permissions: { memoryPages: 2_000 } }));

    expect([small.error, large.error]).toMatchObject([{ kind: 'limit-exceeded' }, { kind: 'limit-exceeded' }]);
    expect(large.error?.message).toContain('it gave 50000000 bytes to output_set()');
  });
});

describe('JSON that a guest gives to the host', () => {
  const kv = '(import "extism:host/user" "kv_set" (func $kv_set (param i64) (result i64)))';

  test.each([
    ['is no JSON', '{"key":', 'its arguments are not JSON'],
    ['is nothing', ' ', 'its arguments are not JSON'],
    ['is nested too deep for the parser to matter', `${'['.repeat(2_000)}`, 'its arguments are not JSON'],
  ])('ends its run when it %s', async (_, args, reason) => {
    const json = text(FREE_AT, args);
    const run = `(drop (call $kv_set ${json.put})) (i32.const 0)`;
    const { error, calls } = await runGuest(await openedGuest({ imports: kv, run, more: json.data }));

    expect(error).toMatchObject({ kind: 'invalid-host-call' });
    expect(error?.message).toContain(reason);
    expect(calls).toEqual([]);
  });

  test('reaches the host as arguments, and a failure comes back as 0 and a reason', async () => {
    const json = text(FREE_AT, '[null,"key",{"a":1}]');
    const run = `(local.set $a (call $kv_set ${json.put})) (call $log_info (call $error_get)) (i32.wrap_i64 (local.get $a))`;
    const answer = () => {
      throw new Error('the quota is used up');
    };
    const { error, calls, lines } = await runGuest(await openedGuest({ imports: kv, run, more: json.data }), {
      answer,
    });

    expect(calls).toEqual([['kv.set', [null, 'key', { a: 1 }]]]);
    expect(lines).toEqual([['info', 'the quota is used up']]);
    expect(error).toBeNull();
  });
});
