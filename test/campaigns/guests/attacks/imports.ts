import { wasmBytes } from '../../../support/guest-text.ts';
import { type Attack, attacksOf, imported } from '../attack.ts';

const EXPORTS =
  '(func (export "name") (result i32) (i32.const 0)) (func (export "schedules") (result i32) (i32.const 0))';

/** A module that imports what is given and runs it. */
function importing(text: string): Attack['guest'] {
  return () => wasmBytes(`(module ${text} ${EXPORTS} (func (export "run") (result i32) (i32.const 0)))`);
}

function functionOf(module: string, name: string): Attack['guest'] {
  return importing(imported(module, name, '(param i64) (result i64)'));
}

const WASI = ['fd_write', 'path_open', 'environ_get', 'clock_time_get', 'random_get', 'proc_exit', 'sock_accept'];
const USER = ['secret', 'count', 'file_read', 'file_list', 'constructor', '__proto__', 'toString', 'kv.get', 'kv_get '];
const ENV = ['__proto__', 'constructor', 'hasOwnProperty', 'exec', 'memory', 'get_env'];
const OTHERS: readonly (readonly [string, string])[] = [
  ['env', 'abort'],
  ['', 'kv_get'],
  ['extism:host/user\\00', 'kv_get'],
  ['EXTISM:HOST/USER', 'kv_get'],
  ['__proto__', 'kv_get'],
  ['constructor', 'constructor'],
  ['node:fs', 'readFileSync'],
  ['process', 'exit'],
  ['wasm:js-string', 'length'],
  ['globalThis', 'eval'],
];

export const IMPORTS: readonly Attack[] = [
  ...attacksOf(
    'imports',
    'nothing',
    {
      ...Object.fromEntries(WASI.map((name) => [`wasi ${name}`, functionOf('wasi_snapshot_preview1', name)])),
      ...Object.fromEntries(USER.map((name) => [`user ${name}`, functionOf('extism:host/user', name)])),
      ...Object.fromEntries(ENV.map((name) => [`env ${name}`, functionOf('extism:host/env', name)])),
      ...Object.fromEntries(OTHERS.map(([module, name]) => [`${module} ${name}`, functionOf(module, name)])),
      'a memory of the host': importing('(import "extism:host/env" "memory" (memory 1))'),
      'a table of the host': importing('(import "extism:host/env" "alloc" (table 1 funcref))'),
      'a global of the host': importing('(import "extism:host/env" "alloc" (global i64))'),
      'a mutable global of the host': importing('(import "extism:host/env" "fuel" (global (mut i64)))'),
      'a tag of the host': importing('(import "extism:host/env" "alloc" (tag (param i32)))'),
    },
    { isRefused: true },
  ),
  ...attacksOf(
    'imports',
    'narrow',
    {
      'a function beside the granted one': functionOf('extism:host/user', 'secret'),
      'a granted function in another case': functionOf('extism:host/user', 'Count'),
      'a granted function of the other module': functionOf('extism:host/env', 'count'),
    },
    { isRefused: true },
  ),
];
