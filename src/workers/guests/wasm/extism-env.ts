/**
 * The functions that Extism's calling convention gives to every guest, as imports of the module `extism:host/env`. Offsets
 * and lengths are i64: bigints here, and signed.
 */

import type { LogLevel } from '../../../machines/run.ts';
import type { JsonValue } from '../../../plugin.ts';
import { errorRecord } from '../../../wire/error-record.ts';
import { GuestTrapError } from '../../../wire/guests/guest-errors.ts';
import type { WasmFunction } from '../../../wire/guests/web-assembly.ts';
import type { HostSide } from './host-side.ts';
import { wrongCall } from './wrong-call.ts';

export const ENV_MODULE = 'extism:host/env';

const LOG_LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];
/** Extism's number for `trace`: everything is logged, and the scheduler's log has a level of its own. */
const EVERY_LEVEL = 0;

type Functions = Readonly<Record<string, (...args: never[]) => number | bigint | undefined>>;

/** The functions for one guest, by name. */
export function extismEnv(host: HostSide): Readonly<Record<string, WasmFunction>> {
  const functions: Functions = {
    ...memoryFunctions(host),
    ...callFunctions(host),
    ...settingFunctions(host),
    ...httpFunctions(host),
    ...Object.fromEntries(LOG_LEVELS.map((level) => [`log_${level}`, logFunction(host, level)])),
  };
  return functions as Readonly<Record<string, WasmFunction>>;
}

function memoryFunctions({ memory }: HostSide): Functions {
  return {
    alloc: (length: bigint) => {
      if (typeof length !== 'bigint') throw wrongCall('alloc', 'the length is no i64');
      if (length >= 0n && length <= Number.MAX_SAFE_INTEGER) return BigInt(memory.alloc(Number(length)));
      throw new GuestTrapError('limit-exceeded', `it asked for ${BigInt.asUintN(64, length)} bytes`);
    },
    free: (offset: bigint) => {
      memory.free(offset);
      return undefined;
    },
    length: (offset: bigint) => BigInt(memory.lengthOf(offset)),
    length_unsafe: (offset: bigint) => BigInt(memory.lengthOf(offset)),
    load_u8: (offset: bigint) => memory.loadByte(offset, 'load_u8'),
    load_u64: (offset: bigint) => memory.loadWord(offset, 'load_u64'),
    store_u8: (offset: bigint, value: number) => {
      memory.storeByte(offset, value, 'store_u8');
      return undefined;
    },
    store_u64: (offset: bigint, value: bigint) => {
      memory.storeWord(offset, value, 'store_u64');
      return undefined;
    },
  };
}

function callFunctions(host: HostSide): Functions {
  const { memory } = host;
  /** An index in the input, as an offset. */
  const inInput = (index: bigint, length: bigint, call: string): bigint => {
    if (index >= 0n && index + length <= host.input.length) return BigInt(host.input.offset) + index;
    throw wrongCall(call, `its input has no ${length} bytes at ${index}`);
  };
  return {
    input_offset: () => BigInt(host.input.offset),
    input_length: () => BigInt(host.input.length),
    input_load_u8: (index: bigint) => memory.loadByte(inInput(index, 1n, 'input_load_u8'), 'input_load_u8'),
    input_load_u64: (index: bigint) => memory.loadWord(inInput(index, 8n, 'input_load_u64'), 'input_load_u64'),
    output_set: (offset: bigint, length: bigint) => {
      host.output = memory.textIn(offset, length, 'output_set');
      return undefined;
    },
    error_set: (offset: bigint) => {
      host.error = offset === 0n ? null : memory.text(offset, 'error_set');
      return undefined;
    },
    error_get: () => {
      const error = host.error ?? host.hostError;
      return BigInt(error === null ? 0 : memory.storeText(error));
    },
    reset: () => {
      host.clear();
      return undefined;
    },
  };
}

function settingFunctions(host: HostSide): Functions {
  const { memory } = host;
  return {
    config_get: (name: bigint) => {
      const value = optionOf(host.surroundings.options, memory.text(name, 'config_get'));
      return BigInt(value === undefined ? 0 : memory.storeText(value));
    },
    var_get: (name: bigint) => {
      const value = host.variables.get(memory.text(name, 'var_get'));
      return BigInt(value === undefined ? 0 : memory.store(value));
    },
    var_set: (name: bigint, value: bigint) => {
      const key = memory.text(name, 'var_set');
      if (value === 0n) host.variables.delete(key);
      else host.variables.set(key, memory.block(value, 'var_set'));
      return undefined;
    },
    get_log_level: () => EVERY_LEVEL,
  };
}

function logFunction(host: HostSide, level: LogLevel): Functions[string] {
  const call = `log_${level}`;
  return (text: bigint) => {
    host.surroundings.log(level, host.memory.text(text, call));
    return undefined;
  };
}

/** Requests in Extism's form, by the host's `fetch`. One that fails ends the run: this form has no place for an error. */
function httpFunctions(host: HostSide): Functions {
  const { memory } = host;
  return {
    http_request: (request: bigint, body: bigint) => {
      // Some kits call the headers `header`.
      const { header, ...known } = parsed(memory.text(request, 'http_request'));
      const asked = header === undefined ? known : { headers: header, ...known };
      const text = body === 0n ? null : memory.text(body, 'http_request');
      const { status, headers, body: answer } = fetched(host, { ...asked, ...(text !== null && { body: text }) });
      host.response = { status, headers };
      return BigInt(memory.storeText(answer));
    },
    http_status_code: () => host.response?.status ?? 0,
    http_headers: () => BigInt(host.response === null ? 0 : memory.storeText(JSON.stringify(host.response.headers))),
  };
}

interface Answer {
  readonly status: number;
  readonly headers: JsonValue;
  readonly body: string;
}

function fetched(host: HostSide, request: JsonValue): Answer {
  const answer = host.surroundings.callHost('fetch', [request]);
  if (typeof answer !== 'object' || answer === null) throw wrongCall('http_request', 'the host gave no answer');
  const { status, headers, body } = answer as Readonly<Record<string, JsonValue>>;
  return {
    status: typeof status === 'number' ? status : 0,
    headers: headers ?? {},
    body: typeof body === 'string' ? body : '',
  };
}

function parsed(text: string): Readonly<Record<string, JsonValue>> {
  try {
    return { ...(JSON.parse(text) as Readonly<Record<string, JsonValue>>) };
  } catch (error) {
    throw wrongCall('http_request', `the request is not JSON: ${errorRecord(error).message}`);
  }
}

/** Extism's config is text by name. The options of an installation are any JSON. */
function optionOf(options: JsonValue | null, name: string): string | undefined {
  if (typeof options !== 'object' || options === null || !Object.hasOwn(options, name)) return undefined;
  const value = (options as Readonly<Record<string, JsonValue>>)[name];
  return typeof value === 'string' ? value : JSON.stringify(value);
}
