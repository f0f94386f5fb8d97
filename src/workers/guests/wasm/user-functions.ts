/**
 * The functions of the host, as imports of the module `extism:host/user`. Each takes one JSON text, an array of its
 * arguments, and returns one: both are blocks of the memory that guest and host share. A call that fails returns 0, and
 * the guest finds the reason by `error_get`.
 */
import { RunAbortedError } from '../../../errors.ts';
import { LOG_LEVELS, type LogLevel } from '../../../machines/run.ts';
import type { JsonValue, Permissions } from '../../../plugin.ts';
import { errorRecord, reasonOf } from '../../../wire/error-record.ts';
import type { WasmFunction } from '../../../wire/guests/web-assembly.ts';
import type { GuestFiles } from './guest-files.ts';
import type { HostSide, Surroundings } from './host-side.ts';
import { wrongCall } from './wrong-call.ts';

export const USER_MODULE = 'extism:host/user';

/** What every guest may import, and what the supervisor calls it. Each has limits of its own. */
const BUILT_IN: Readonly<Record<string, string>> = {
  kv_get: 'kv.get',
  kv_set: 'kv.set',
  kv_delete: 'kv.delete',
  kv_list: 'kv.list',
  fetch: 'fetch',
  metric: 'metric',
};
const LEVELS: readonly unknown[] = LOG_LEVELS;

type Answer = (host: HostSide, args: readonly JsonValue[]) => JsonValue | undefined;

/** What is answered in this thread. It has no prototype, whose members a granted function may be named after. */
const LOCAL: Readonly<Partial<Record<string, Answer>>> = {
  __proto__: null as never,
  config: ({ surroundings }) => surroundings.config,
  now: ({ surroundings }) => surroundings.nowMs(),
  file_read: ({ surroundings }, [path]) => filesOf(surroundings).read(path),
  file_list: ({ surroundings }, [path]) => filesOf(surroundings).list(path),
  log: (host, args) => {
    writeLog(host, args);
    return null;
  },
};

/** Of no use to a guest that may read no files, so that one is refused that needs them. */
const OF_FILES = ['file_read', 'file_list'];

/** The names of the functions that a guest may import, and the host's name of each: null if it does not reach the host. */
export type UserFunctionNames = ReadonlyMap<string, string | null>;

export function userFunctionNames({ hostFunctions = [], allowedPaths = [] }: Permissions = {}): UserFunctionNames {
  const names = new Map<string, string | null>(Object.entries(BUILT_IN));
  for (const name of Object.keys(LOCAL)) {
    if (allowedPaths.length > 0 || !OF_FILES.includes(name)) names.set(name, null);
  }
  for (const name of hostFunctions) {
    const imported = importNameOf(name);
    if (!names.has(imported) && LOCAL[imported] === undefined) names.set(imported, name);
  }
  return names;
}

/** Granted functions whose name in a guest is that of another function, which no guest could call. */
export function hiddenFunctions(permissions: Permissions = {}): readonly string[] {
  const names = userFunctionNames(permissions);
  return (permissions.hostFunctions ?? []).filter((name) => names.get(importNameOf(name)) !== name);
}

function filesOf({ files }: Surroundings): Pick<GuestFiles, 'read' | 'list'> {
  if (files === null) throw new Error('files can be read in run() only');
  return files;
}

export function userFunctions(host: HostSide, names: UserFunctionNames): Record<string, WasmFunction> {
  const entries = [...names].flatMap(([imported, name]) => {
    const call = name === null ? LOCAL[imported] : calling(name);
    return call === undefined ? [] : [[imported, guestFunction(host, imported, call)] as const];
  });
  return Object.fromEntries(entries);
}

function calling(name: string): Answer {
  return ({ surroundings }, args) => surroundings.callHost(name, args);
}

function guestFunction(host: HostSide, name: string, call: Answer): WasmFunction {
  return ((offset: bigint): bigint => {
    const { memory } = host;
    const args = argumentsOf(memory.text(offset, name), name);
    try {
      const answer = JSON.stringify(call(host, args) ?? null);
      host.hostError = null;
      return BigInt(memory.storeText(answer));
    } catch (error) {
      // The run has to end, and does.
      if (error instanceof RunAbortedError) throw error;
      host.hostError = reasonOf(error);
      return 0n;
    }
  }) as unknown as WasmFunction;
}

/** Anything but an array is the only argument. */
function argumentsOf(text: string, name: string): readonly JsonValue[] {
  try {
    const value = JSON.parse(text) as JsonValue;
    return Array.isArray(value) ? (value as readonly JsonValue[]) : [value as JsonValue];
  } catch (error) {
    throw wrongCall(name, `its arguments are not JSON: ${errorRecord(error).message}`);
  }
}

/** `["info", "message", { … }]`; a text alone is a message. */
function writeLog({ surroundings }: HostSide, args: readonly JsonValue[]): void {
  const [first = '', second, third] = args;
  const isLeveled = LEVELS.includes(first);
  const message = isLeveled ? (second ?? '') : first;
  const fields = isLeveled ? third : second;
  surroundings.log(
    isLeveled ? (first as LogLevel) : 'info',
    typeof message === 'string' ? message : JSON.stringify(message),
    typeof fields === 'object' && fields !== null ? (fields as Readonly<Record<string, JsonValue>>) : undefined,
  );
}

/** What a guest calls a function of the host: in most languages a name has no dot and no dash. */
function importNameOf(name: string): string {
  return name.replaceAll(/[.-]/g, '_');
}
