/** Guests for tests, from WebAssembly text: a test shows what its guest does, and no binary is kept. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import openWabt from 'wabt';

const wabt = await openWabt();
const FEATURES = { bulk_memory: true, reference_types: true, sign_extension: true, exceptions: true, tail_call: true };

/** What is different about a guest. Bodies are WebAssembly text that leaves an i32 on the stack, the result. */
export interface GuestText {
  /** Default `guest`. */
  readonly name?: string;
  /** What schedules() returns: JSON, or a text as it is. Default: one schedule, every hour. */
  readonly schedules?: unknown;
  /** Default: success. */
  readonly run?: string;
  readonly nameBody?: string;
  readonly schedulesBody?: string;
  /** Imports beside those of Extism. */
  readonly imports?: string;
  /** Functions, globals, tables and data. */
  readonly more?: string;
  /** The limits of its memory. Default `2`, pages. */
  readonly memory?: string;
}

/** Where texts stand in the memory of a guest that is made here. */
const NAME_AT = 1_024;
const SCHEDULES_AT = 2_048;
/** Free for the test: texts of `put`. */
export const FREE_AT = 32_768;

/** The bytes of a guest that declares what is given, and does what the bodies say. */
export function guestBytes(guest: GuestText = {}): Uint8Array<ArrayBuffer> {
  const { schedules = [{ id: 's', cron: '9000w' }], name = 'guest' } = guest;
  const declared = typeof schedules === 'string' ? schedules : JSON.stringify(schedules);
  return wasmBytes(`(module $g
    (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
    (import "extism:host/env" "free" (func $free (param i64)))
    (import "extism:host/env" "length" (func $length (param i64) (result i64)))
    (import "extism:host/env" "length_unsafe" (func $length_unsafe (param i64) (result i64)))
    (import "extism:host/env" "load_u8" (func $load_u8 (param i64) (result i32)))
    (import "extism:host/env" "load_u64" (func $load_u64 (param i64) (result i64)))
    (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
    (import "extism:host/env" "store_u64" (func $store_u64 (param i64 i64)))
    (import "extism:host/env" "input_offset" (func $input_offset (result i64)))
    (import "extism:host/env" "input_length" (func $input_length (result i64)))
    (import "extism:host/env" "input_load_u8" (func $input_load_u8 (param i64) (result i32)))
    (import "extism:host/env" "input_load_u64" (func $input_load_u64 (param i64) (result i64)))
    (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))
    (import "extism:host/env" "error_set" (func $error_set (param i64)))
    (import "extism:host/env" "error_get" (func $error_get (result i64)))
    (import "extism:host/env" "reset" (func $reset))
    (import "extism:host/env" "config_get" (func $config_get (param i64) (result i64)))
    (import "extism:host/env" "var_get" (func $var_get (param i64) (result i64)))
    (import "extism:host/env" "var_set" (func $var_set (param i64 i64)))
    (import "extism:host/env" "log_info" (func $log_info (param i64)))
    (import "extism:host/env" "get_log_level" (func $get_log_level (result i32)))
    ${guest.imports ?? ''}
    (memory (export "memory") ${guest.memory ?? '2'})
    ${dataAt(NAME_AT, name)}
    ${dataAt(SCHEDULES_AT, declared)}
    (func $put (param $from i32) (param $length i32) (result i64) (local $to i64) (local $i i32)
      (local.set $to (call $alloc (i64.extend_i32_u (local.get $length))))
      (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $i) (local.get $length)))
        (call $store_u8
          (i64.add (local.get $to) (i64.extend_i32_u (local.get $i)))
          (i32.load8_u (i32.add (local.get $from) (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
      (local.get $to))
    (func $give (param $offset i64) (call $output_set (local.get $offset) (call $length (local.get $offset))))
    (func (export "name") (result i32)
      ${guest.nameBody ?? `(call $give (call $put (i32.const ${NAME_AT}) (i32.const ${byteLength(name)}))) (i32.const 0)`})
    (func (export "schedules") (result i32)
      ${
        guest.schedulesBody ??
        `(call $give (call $put (i32.const ${SCHEDULES_AT}) (i32.const ${byteLength(declared)}))) (i32.const 0)`
      })
    (func $run (export "run") (result i32) (local $a i64) (local $b i64) (local $i i32)
      ${guest.run ?? '(i32.const 0)'})
    ${guest.more ?? ''})`);
}

/** A text in the memory of a guest, and the expression that puts it where the host can read it: its offset. */
export function text(at: number, content: string): { readonly data: string; readonly put: string } {
  return { data: dataAt(at, content), put: `(call $put (i32.const ${at}) (i32.const ${byteLength(content)}))` };
}

export function wasmBytes(source: string): Uint8Array<ArrayBuffer> {
  const module = wabt.parseWat('guest.wat', source, FEATURES);
  try {
    module.resolveNames();
    return new Uint8Array(module.toBinary({ write_debug_names: true }).buffer);
  } finally {
    module.destroy();
  }
}

/** A folder of guests for one test. */
export class GuestFolder implements Disposable {
  readonly #path = mkdtempSync(join(tmpdir(), 'guests-'));
  #count = 0;

  /** Writes a guest, and returns the URL of its file. */
  add(guest: GuestText | Uint8Array = {}, file = `guest-${++this.#count}.wasm`): string {
    const path = join(this.#path, file);
    writeFileSync(path, guest instanceof Uint8Array ? guest : guestBytes(guest));
    return pathToFileURL(path).href;
  }

  [Symbol.dispose](): void {
    rmSync(this.#path, { recursive: true, force: true });
  }
}

function dataAt(offset: number, content: string): string {
  const bytes = [...Buffer.from(content)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  return `(data (i32.const ${offset}) "${bytes}")`;
}

function byteLength(content: string): number {
  return Buffer.byteLength(content);
}
