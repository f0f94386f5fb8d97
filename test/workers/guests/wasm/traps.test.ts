import { describe, expect, test } from 'vitest';
import { errorRecord } from '../../../../src/wire/error-record.ts';
import type { GuestTrapKind } from '../../../../src/wire/guests/guest-errors.ts';
import { openedGuest, runGuest } from '../../../support/opened-guest.ts';

/** What the bodies below use. `$i` is 0. */
const PARTS = `
  (table $t 4 funcref) (elem (i32.const 0) $run) (elem $passive func $run)
  (data $bytes "abc") (tag $e)
  (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))
  (func $outer (result i32) (call $inner))
  (func $inner (result i32) (unreachable))`;

const TRAPS: readonly (readonly [what: string, kind: GuestTrapKind, body: string])[] = [
  ['unreachable', 'unreachable', '(unreachable)'],
  ['a division by zero', 'division-by-zero', '(i32.div_u (i32.const 1) (local.get $i))'],
  ['a remainder by zero', 'division-by-zero', '(i32.rem_s (i32.const 1) (local.get $i))'],
  ['a division of i64 by zero', 'division-by-zero', '(i32.wrap_i64 (i64.div_s (i64.const 1) (local.get $a)))'],
  [
    'a quotient that no i32 can hold',
    'integer-overflow',
    '(i32.div_s (i32.const 0x80000000) (i32.sub (local.get $i) (i32.const 1)))',
  ],
  ['NaN as an integer', 'invalid-conversion', '(i32.trunc_f64_s (f64.const nan))'],
  ['a float that no i32 can hold', 'invalid-conversion', '(i32.trunc_f32_u (f32.const 1e30))'],
  ['a read beyond the memory', 'memory-out-of-bounds', '(i32.load (i32.const -4))'],
  ['a write beyond the memory', 'memory-out-of-bounds', '(i32.store (i32.const -4) (i32.const 1)) (i32.const 0)'],
  [
    'a fill beyond the memory',
    'memory-out-of-bounds',
    '(memory.fill (i32.const 0) (i32.const 0) (i32.const -1)) (i32.const 0)',
  ],
  [
    'a copy from beyond a segment',
    'memory-out-of-bounds',
    '(memory.init $bytes (i32.const 0) (i32.const 0) (i32.const 100)) (i32.const 0)',
  ],
  ['an index beyond a table', 'table-out-of-bounds', '(call_indirect $t (result i32) (i32.const 99))'],
  ['a read beyond a table', 'table-out-of-bounds', '(drop (table.get $t (i32.const 500))) (i32.const 0)'],
  [
    'a copy from beyond an element segment',
    'table-out-of-bounds',
    '(table.init $t $passive (i32.const 0) (i32.const 0) (i32.const 99)) (i32.const 0)',
  ],
  ['a call of an empty place', 'indirect-call-mismatch', '(call_indirect $t (result i32) (i32.const 1))'],
  [
    'a call with the wrong type',
    'indirect-call-mismatch',
    '(drop (call_indirect $t (result i64) (i32.const 0))) (i32.const 0)',
  ],
  ['endless recursion', 'stack-overflow', '(call $deep (i32.const 0))'],
  ['an exception that nobody catches', 'uncaught-exception', '(throw $e)'],
];

describe('a guest that traps', () => {
  test.each(TRAPS)('by %s ends its run with the kind %s', async (_, kind, run) => {
    const guest = await openedGuest({ run, more: PARTS });

    const { error } = await runGuest(guest);

    expect(error).toMatchObject({ name: 'GuestTrapError', code: 'ERR_ESCAPEMENT_GUEST_TRAP', kind });
    // The next run begins with another instance.
    expect((await runGuest(guest)).error).toMatchObject({ kind });
  });

  test.each([
    ['an element segment', 'table-out-of-bounds', '(table 1 funcref) (elem (i32.const 5) $run)'],
    ['a data segment', 'segment-out-of-bounds', '(data (i32.const 9999999) "x")'],
  ])('while its instance is made, by %s beyond its place, has a kind of its own', async (_, kind, more) => {
    const { error } = await runGuest(await openedGuest({ more }));

    expect(error).toMatchObject({ kind });
    expect(error?.message).not.toContain('WebAssembly.');
  });

  test('names the functions that were executing, the innermost first', async () => {
    const { error } = await runGuest(await openedGuest({ run: '(call $outer)', more: PARTS }));

    expect(error).toMatchObject({ functions: ['inner', 'outer', 'run'] });
    expect(error?.message).toBe('The guest trapped in inner, called by outer, called by run: unreachable.');
    expect(error?.stack).toMatch(/^GuestTrapError: .*\n {4}at inner\n {4}at outer\n {4}at run$/);
  });

  test('keeps its kind in the record of the run', async () => {
    const { error } = await runGuest(await openedGuest({ run: '(unreachable)' }));

    expect(errorRecord(error)).toMatchObject({ name: 'GuestTrapError', kind: 'unreachable' });
  });
});
