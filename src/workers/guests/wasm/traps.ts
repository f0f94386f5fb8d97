/** What a guest's call threw, under a name that does not depend on V8, and with the guest's functions. */
import { types } from 'node:util';
import { EscapementError } from '../../../errors.ts';
import { errorRecord } from '../../../wire/error-record.ts';
import { GuestTrapError, type GuestTrapKind } from '../../../wire/guests/guest-errors.ts';
import { webAssembly } from '../../../wire/guests/web-assembly.ts';

/** What V8 puts before its text when the trap comes up while an instance is made. */
const AT_START = /^WebAssembly\.Instance\(\): /;
/** V8's texts begin with these. The first that fits counts. */
const KINDS: readonly (readonly [text: RegExp, kind: GuestTrapKind])[] = [
  [/^unreachable/, 'unreachable'],
  [/^(?:divide|remainder) by zero/, 'division-by-zero'],
  [/^divide result unrepresentable/, 'integer-overflow'],
  [/^float unrepresentable in integer range/, 'invalid-conversion'],
  [/^memory access out of bounds/, 'memory-out-of-bounds'],
  [/^table (?:index|access) (?:is )?out of bounds|^table index/, 'table-out-of-bounds'],
  [/(?:data|element) segment/i, 'segment-out-of-bounds'],
  [/^(?:array element access out of bounds|requested new array)/, 'array-out-of-bounds'],
  [/^(?:null function or )?function signature mismatch/, 'indirect-call-mismatch'],
  [/^(?:dereferencing a null pointer|rethrowing null)/, 'null-reference'],
  [/^illegal cast/, 'illegal-cast'],
  [/unaligned access/, 'unaligned-atomic'],
];

/** A frame of the guest in a stack of V8: `at name (wasm://wasm/report-0123abcd:wasm-function[7]:0x1f)`. */
const FRAME = /^\s*at (?:(.+) \()?wasm:\/\/[^)]*?:wasm-function\[(\d+)\]/gm;
const MAX_NAME_LENGTH = 128;

/** The error of a call that threw, to be recorded. Errors of ours stay as they are. */
export function guestError(thrown: unknown): Error {
  const functions = guestFunctions(thrown);
  if (thrown instanceof GuestTrapError) return withStack(new GuestTrapError(thrown.kind, thrown.reason, functions));
  if (thrown instanceof EscapementError) return thrown;
  const [kind, what] = kindOf(thrown);
  return withStack(new GuestTrapError(kind, what, functions));
}

function kindOf(thrown: unknown): readonly [kind: GuestTrapKind, what: string] {
  const { RuntimeError, Exception } = webAssembly ?? {};
  if (Exception !== undefined && thrown instanceof Exception) {
    return ['uncaught-exception', 'it threw an exception that nobody caught'];
  }
  const { message } = errorRecord(thrown);
  if (RuntimeError !== undefined && thrown instanceof RuntimeError) {
    const what = message.replace(AT_START, '');
    return [KINDS.find(([text]) => text.test(what))?.[1] ?? 'other', what];
  }
  if (types.isNativeError(thrown) && /call stack/.test(message)) return ['stack-overflow', 'its stack is full'];
  if (thrown instanceof TypeError) return ['invalid-host-call', `it passed a value of the wrong type (${message})`];
  return ['other', message];
}

/** The guest's functions that were executing, the innermost first. */
function guestFunctions(thrown: unknown): string[] {
  const { stack = '' } = errorRecord(thrown);
  return [...stack.matchAll(FRAME)].map(([, name, index]) =>
    name === undefined ? `function ${index}` : name.replace(/^.*?\.(?=[^.]+$)/, '').slice(0, MAX_NAME_LENGTH),
  );
}

/** The frames of the host say nothing about the guest. */
function withStack(error: GuestTrapError): GuestTrapError {
  const lines = error.functions.map((name) => `\n    at ${name}`);
  Object.defineProperty(error, 'stack', {
    value: `${error.name}: ${error.message}${lines.join('')}`,
    configurable: true,
    writable: true,
  });
  return error;
}
