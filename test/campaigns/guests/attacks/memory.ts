import { FREE_AT, type GuestText, text } from '../../../support/guest-text.ts';
import { type Attack, attacksOf, imported } from '../attack.ts';

const I64_MIN = '-9223372036854775808';
const I64_MAX = '9223372036854775807';

/** Bodies that read or write where nothing is theirs. What they get they log. */
const FORGED: Readonly<Record<string, string>> = {
  'load_u8 of the first byte': '(drop (call $load_u8 (i64.const 0)))',
  'load_u8 of -1': '(drop (call $load_u8 (i64.const -1)))',
  'load_u8 of the least number': `(drop (call $load_u8 (i64.const ${I64_MIN})))`,
  'load_u8 beyond what was allocated': '(drop (call $load_u8 (i64.add (call $alloc (i64.const 8)) (i64.const 4096))))',
  'load_u64 over the end': '(drop (call $load_u64 (i64.add (call $alloc (i64.const 8)) (i64.const 60))))',
  'load_u64 of the greatest number': `(drop (call $load_u64 (i64.const ${I64_MAX})))`,
  'store_u8 before the first block': '(call $store_u8 (i64.const 1) (i32.const 65))',
  'store_u64 of 2^53': '(call $store_u64 (i64.const 9007199254740992) (i64.const -1))',
  'store_u64 of 2^32': '(call $store_u64 (i64.const 4294967296) (i64.const -1))',
  'an output of a negative length': '(call $output_set (call $alloc (i64.const 8)) (i64.const -8))',
  'an output whose end overflows': `(call $output_set (call $alloc (i64.const 8)) (i64.const ${I64_MAX}))`,
  'an output beyond what was allocated': '(call $output_set (call $alloc (i64.const 8)) (i64.const 65536))',
  'a log line from the middle of a block': '(call $log_info (i64.add (call $alloc (i64.const 64)) (i64.const 8)))',
  'a log line of nothing': '(call $log_info (i64.const 0))',
  'a log line with bits beyond 2^32': '(call $log_info (i64.or (call $alloc (i64.const 8)) (i64.const 4294967296)))',
  'an error from a forged offset': '(call $error_set (i64.const 12345))',
  'a variable by a forged name': '(drop (call $var_get (i64.const 99999)))',
  'a variable with a forged value': '(call $var_set (call $alloc (i64.const 8)) (i64.const 77777))',
  'the input at -1': '(drop (call $input_load_u8 (i64.const -1)))',
  'the input beyond its end': '(drop (call $input_load_u64 (call $input_length)))',
  'the input at the greatest number': `(drop (call $input_load_u64 (i64.const ${I64_MAX})))`,
  'an allocation of -1': '(drop (call $alloc (i64.const -1)))',
  'an allocation of the greatest number': `(drop (call $alloc (i64.const ${I64_MAX})))`,
  'an allocation of 3 GB': '(drop (call $alloc (i64.const 3000000000)))',
  'allocations without end': '(loop $l (drop (call $alloc (i64.const 100000))) (br $l))',
  'a block that was given back': `(local.set $a (call $alloc (i64.const 64))) (call $free (local.get $a))
    (call $log_info (local.get $a))`,
  'a block that was given back twice': `(local.set $a (call $alloc (i64.const 64)))
    (call $free (local.get $a)) (call $free (local.get $a)) (call $log_info (local.get $a))`,
};

/** Forged offsets, lengths and texts of calls of functions. */
const CALLS: Readonly<Record<string, string>> = {
  'arguments at a forged offset': '(drop (call $f (i64.const 424242)))',
  'arguments at -1': '(drop (call $f (i64.const -1)))',
  'no arguments': '(drop (call $f (i64.const 0)))',
  'arguments in the middle of a block': '(drop (call $f (i64.add (call $alloc (i64.const 64)) (i64.const 1))))',
  'arguments of zeros': '(drop (call $f (call $alloc (i64.const 64))))',
  'arguments of 2 MB': '(drop (call $f (call $alloc (i64.const 2000000))))',
  'the answer of a call that it frees': `(local.set $a (call $f (call $alloc (i64.const 2))))
    (call $free (local.get $a)) (call $log_info (local.get $a))`,
};

const TEXTS: Readonly<Record<string, string>> = {
  'what is not JSON': '{"a":',
  'a prototype': '{"__proto__":{"namespace":"shared"}}',
  'an array 20,000 levels deep': '['.repeat(20_000),
  'half of a surrogate pair': '[null,"\\ud800"]',
  'a number that overflows': '[null,1e999]',
  'more arguments than there are': '[null,"k",1,2,3,4,5]',
};

function body(run: string, more: GuestText = {}): Attack['guest'] {
  return () => ({ run: `${run} (i32.const 0)`, ...more });
}

const KV_GET = imported('extism:host/user', 'kv_get', '(param i64) (result i64)');

export const MEMORY: readonly Attack[] = [
  ...attacksOf('memory', 'nothing', Object.fromEntries(Object.entries(FORGED).map(([name, run]) => [name, body(run)]))),
  ...attacksOf(
    'memory',
    'nothing',
    {
      'what the call before has left': body('(call $log_info (call $alloc (i64.const 60000)))'),
      'what a block held before': body(`(local.set $a (call $alloc (i64.const 64)))
        (call $store_u64 (local.get $a) (i64.const -1)) (call $free (local.get $a))
        (call $log_info (call $alloc (i64.const 64)))`),
      'a config by the name of a prototype': config('__proto__'),
      'a config by the name of a constructor': config('constructor'),
    },
    // Zeros, in either form.
    { harmless: /^\0*$/ },
  ),
  ...attacksOf('calls', 'nothing', {
    ...Object.fromEntries(Object.entries(CALLS).map(([name, run]) => [name, body(run, { imports: KV_GET })])),
    ...Object.fromEntries(
      Object.entries(TEXTS).map(([name, args]) => {
        const { data, put } = text(FREE_AT, args);
        const run = `(local.set $a (call $f ${put}))
          (if (i64.ne (local.get $a) (i64.const 0)) (then (call $log_info (local.get $a))))`;
        return [name, body(run, { imports: KV_GET, more: data })];
      }),
    ),
  }),
];

function config(name: string): Attack['guest'] {
  const { data, put } = text(FREE_AT, name);
  const run = `(local.set $a (call $config_get ${put}))
    (if (i64.ne (local.get $a) (i64.const 0)) (then (call $log_info (local.get $a))))`;
  return body(run, { more: data });
}
