import { type GuestText, wasmBytes } from '../../../support/guest-text.ts';
import { type Attack, attacksOf } from '../attack.ts';

const LOOP = '(loop $l (br $l))';
const guest =
  (text: GuestText): Attack['guest'] =>
  () =>
    text;

/** Ways to execute for ever, or to take what other runs need. Each must end by itself, in a thread that goes on. */
export const FUEL: readonly Attack[] = [
  ...attacksOf(
    'fuel',
    'nothing',
    {
      'a loop': guest({ run: `${LOOP} (i32.const 0)` }),
      'a loop of branches by table': guest({ run: '(loop $l (br_table $l $l (i32.const 0))) (i32.const 0)' }),
      'a loop of calls': guest({ run: '(loop $l (call $f) (br $l)) (i32.const 0)', more: '(func $f)' }),
      'a loop of tail calls': guest({ run: '(return_call $f)', more: '(func $f (result i32) (return_call $f))' }),
      'a loop of calls of the host': guest({ run: '(loop $l (drop (call $get_log_level)) (br $l)) (i32.const 0)' }),
      'a recursion': guest({ run: '(call $f)', more: '(func $f (result i32) (i32.add (call $f) (i32.const 1)))' }),
      'a recursion that catches its end': guest({
        run: '(call $f) (i32.const 0)',
        more: '(func $f (try (do (call $f)) (catch_all (call $f))))',
      }),
      'a loop that catches what the host throws': guest({
        run: '(loop $l (try (do (drop (call $load_u8 (i64.const -1)))) (catch_all)) (br $l)) (i32.const 0)',
      }),
      'a global of its own that is called as the fuel': guest({
        run: `(global.set $fuel (i64.const 9223372036854775807)) ${LOOP} (i32.const 0)`,
        more: '(global $fuel (export "fuel") (mut i64) (i64.const 9223372036854775807))',
      }),
      'a global called as the fuel with a number': guest({
        run: `${LOOP} (i32.const 0)`,
        more: '(global (export "fuel0") (mut i64) (i64.const 1)) (global (export "escapement_fuel") (mut i64) (i64.const 1))',
      }),
      'filling all its memory, for ever': guest({
        run: '(loop $l (memory.fill (i32.const 0) (i32.const 1) (i32.const 131072)) (br $l)) (i32.const 0)',
      }),
      'growing its memory, for ever': guest({
        run: '(loop $l (drop (memory.grow (i32.const 1))) (br $l)) (i32.const 0)',
      }),
      'growing a table, for ever': guest({
        run: '(loop $l (drop (table.grow $t (ref.null func) (i32.const 1000))) (br $l)) (i32.const 0)',
        more: '(table $t 1 funcref)',
      }),
      'a flood of log lines': guest({
        run: '(local.set $a (call $alloc (i64.const 1000))) (loop $l (call $log_info (local.get $a)) (br $l)) (i32.const 0)',
      }),
      'a flood of variables': guest({
        run: `(local.set $a (call $alloc (i64.const 1000)))
        (loop $l (call $store_u64 (local.get $a) (local.get $b)) (call $var_set (local.get $a) (local.get $a))
          (local.set $b (i64.add (local.get $b) (i64.const 1))) (br $l)) (i32.const 0)`,
      }),
      'an output of 2 MB': guest({
        run: '(call $output_set (call $alloc (i64.const 2000000)) (i64.const 2000000)) (i32.const 0)',
      }),
    },
    { harmless: /^\0*$/ },
  ),
  ...attacksOf(
    'starts',
    'nothing',
    {
      'a start function that loops': guest({ more: `(func $s ${LOOP}) (start $s)` }),
      'an initializer that loops': guest({ more: `(func (export "_initialize") ${LOOP})` }),
      'a start function that traps': guest({ more: '(func $s (unreachable)) (start $s)' }),
      'a start function that allocates': guest({
        more: '(func $s (loop $l (drop (call $alloc (i64.const 100000))) (br $l))) (start $s)',
      }),
      'a name that loops': guest({ nameBody: `${LOOP} (i32.const 0)` }),
      'schedules that loop': guest({ schedulesBody: `${LOOP} (i32.const 0)` }),
      'a memory of 4 GB': guest({ memory: '65536' }),
      'a table of 100 million': guest({ more: '(table 100000000 funcref)' }),
      'a memory that is shared': () =>
        wasmBytes('(module (memory (export "memory") 1 2 shared) (func (export "run")))').slice(),
      'nothing of a guest': () => wasmBytes('(module)'),
      'half a module': () => wasmBytes('(module (func (export "run")))').slice(0, 20),
      'random bytes': () => Uint8Array.from({ length: 4_096 }, (_, index) => (index * 2_654_435_761) >>> 24),
    },
    { isRefused: true },
  ),
];
