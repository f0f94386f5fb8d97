/**
 * Errors as plain data: the form in which they cross threads and are kept in history. A cloned Error would lose its
 * name, code and fields.
 *
 * A plugin may throw anything: `undefined`, a Proxy, an object whose getters throw or never return, a chain of causes
 * that ends in itself, a message of 10 MB. So none of its code is run (see property-chain.ts), depth and length are
 * bounded, and turning a value into a record never throws.
 */
import { types } from 'node:util';
import { EscapementError, RunAbortedError } from '../errors.ts';
import type { ErrorRecord } from '../machines/run.ts';
import { chainOf, hasText, ownPropertyOf, type PropertyChain, propertyOf } from './property-chain.ts';
import { previewOf } from './value-preview.ts';

const MAX_CAUSES = 5;
const MAX_LISTED_ERRORS = 5;
const MAX_NAME_LENGTH = 128;
const MAX_MESSAGE_LENGTH = 4_096;
const MAX_STACK_LENGTH = 8_192;

/** On Node 24 `stack` is an own accessor, one function for all errors of a realm. Before that it was own data. */
const stackGetter = Object.getOwnPropertyDescriptor(new Error('any'), 'stack')?.get;
const domExceptionName = Object.getOwnPropertyDescriptor(DOMException.prototype, 'name')?.get;
const domExceptionMessage = Object.getOwnPropertyDescriptor(DOMException.prototype, 'message')?.get;

/** How far a record follows what an error refers to. */
interface Depth {
  readonly causes: number;
  /** Errors in a list are described in one line, without the lists and causes that they have themselves. */
  readonly lists: 0 | 1;
}

const WHOLE: Depth = { causes: MAX_CAUSES, lists: 1 };
const ONE_LINE: Depth = { causes: 0, lists: 0 };

/** Turns anything that was thrown into a bounded record. Runs no foreign getter or trap, and never throws. */
export function errorRecord(thrown: unknown): ErrorRecord {
  return safeRecord(thrown, WHOLE);
}

/** The reason that a caught error gives, as part of a sentence: its message, or its name when it has none. */
export function reasonOf(thrown: unknown): string {
  const { name, message } = safeRecord(thrown, { causes: 0, lists: 1 });
  return message.trim() || name;
}

/** Makes an Error with the name, message, code, stack and causes of a record, up to as many causes as records have. */
export function errorFromRecord(record: ErrorRecord, causesLeft = MAX_CAUSES): Error {
  // The record has crossed threads, and whoever waits for the error must get one.
  if (typeof record?.name !== 'string' || typeof record.message !== 'string') {
    return new Error('an error came from another thread in a form that cannot be read');
  }
  const hasCause = record.cause !== undefined && causesLeft > 0;
  const cause = hasCause ? { cause: errorFromRecord(record.cause, causesLeft - 1) } : undefined;
  const error = new Error(record.message, cause);
  define(error, 'name', record.name);
  // The stack of this call would mislead.
  define(error, 'stack', record.stack);
  for (const key of ['code', 'kind'] as const) {
    if (record[key] !== undefined) Object.defineProperty(error, key, { value: record[key], enumerable: true });
  }
  return error;
}

/** Also of an error that a built-in function cannot handle, such as one made with the stack used up. */
function safeRecord(thrown: unknown, depth: Depth): ErrorRecord {
  try {
    return boundedRecord(thrown, depth);
  } catch {
    return strangerRecord('something was thrown that cannot be described');
  }
}

function boundedRecord(thrown: unknown, depth: Depth): ErrorRecord {
  if (types.isProxy(thrown)) return strangerRecord('a Proxy was thrown, which cannot be read without running its code');
  if (thrown === null || typeof thrown !== 'object') {
    return strangerRecord(
      typeof thrown === 'string' ? thrown : `${previewOf(thrown)} was thrown, which is not an Error`,
    );
  }
  const chain = chainOf(thrown);
  if (!types.isNativeError(thrown) && !hasText(chain, 'message') && !chain.links.includes(DOMException.prototype)) {
    return strangerRecord(`${previewOf(thrown)} was thrown, which is not an Error`);
  }
  return errorLikeRecord(thrown, chain, depth);
}

function errorLikeRecord(error: object, chain: PropertyChain, depth: Depth): ErrorRecord {
  const message = messageOf(error, chain);
  const stack = stackOf(error, chain, message);
  const code = propertyOf(chain, 'code');
  const kind = chain.links.includes(EscapementError.prototype) ? ownPropertyOf(error, 'kind') : null;
  const cause = ownPropertyOf(error, 'cause');
  return {
    name: boundedText(nameOf(error, chain), MAX_NAME_LENGTH),
    message: boundedText(depth.lists === 0 ? message : message + listedErrors(error), MAX_MESSAGE_LENGTH),
    ...(stack !== undefined && { stack }),
    ...(code.kind === 'data' && typeof code.value === 'string' && { code: boundedText(code.value, MAX_NAME_LENGTH) }),
    ...(kind?.kind === 'data' && typeof kind.value === 'string' && { kind: boundedText(kind.value, MAX_NAME_LENGTH) }),
    ...(cause.kind === 'data' &&
      cause.value !== undefined &&
      depth.causes > 0 && { cause: boundedRecord(cause.value, { ...depth, causes: depth.causes - 1 }) }),
  };
}

function strangerRecord(message: string): ErrorRecord {
  return { name: 'NonError', message: boundedText(message, MAX_MESSAGE_LENGTH) };
}

function messageOf(error: object, chain: PropertyChain): string {
  if (chain.links.includes(DOMException.prototype)) return String(callBuiltIn(domExceptionMessage, error) ?? '');
  const message = propertyOf(chain, 'message');
  if (message.kind === 'hidden') return 'the message is a getter, which is not called';
  return message.kind === 'data' ? previewText(message.value) : '';
}

/** The error's own name, else the name of its class: `class PaymentError extends Error {}` leaves `name` as `Error`. */
function nameOf(error: object, chain: PropertyChain): string {
  if (chain.links.includes(RunAbortedError.prototype)) return 'AbortError';
  if (chain.links.includes(DOMException.prototype))
    return String(callBuiltIn(domExceptionName, error) ?? 'DOMException');
  const own = ownPropertyOf(error, 'name');
  if (own.kind === 'data' && typeof own.value === 'string') return own.value;
  const [, nearest] = chain.links;
  const declared = nearest === undefined ? undefined : ownPropertyOf(nearest, 'name');
  if (declared?.kind === 'data' && typeof declared.value === 'string') return declared.value;
  return classNameOf({ ...chain, links: chain.links.slice(1) }) ?? 'Error';
}

function classNameOf(prototypes: PropertyChain): string | undefined {
  const type = propertyOf(prototypes, 'constructor');
  if (type.kind !== 'data' || typeof type.value !== 'function' || types.isProxy(type.value)) return undefined;
  const name = ownPropertyOf(type.value, 'name');
  return name.kind === 'data' && typeof name.value === 'string' && name.value !== '' ? name.value : undefined;
}

/**
 * V8 formats a stack when it is first read, from the error's `name` and `message`. If one of these is foreign code, the
 * stack is not read. A long message at the head of the stack is shortened, because it would push out the frames.
 */
function stackOf(error: object, chain: PropertyChain, message: string): string | undefined {
  const isOurs = chain.links.includes(EscapementError.prototype) || chain.links.includes(DOMException.prototype);
  const isForeign = propertyOf(chain, 'name').kind === 'hidden' || propertyOf(chain, 'message').kind === 'hidden';
  if (isForeign && !isOurs) return undefined;
  const property = Object.getOwnPropertyDescriptor(error, 'stack');
  const stack: unknown = property?.get === undefined ? property?.value : builtInStack(property.get, error);
  if (typeof stack !== 'string') return undefined;
  const shortened = message === '' ? stack : stack.replace(message, () => boundedText(message, MAX_MESSAGE_LENGTH));
  return boundedText(shortened, MAX_STACK_LENGTH);
}

function builtInStack(getter: () => unknown, error: object): unknown {
  return getter === stackGetter ? callBuiltIn(stackGetter, error) : undefined;
}

/** A built-in getter can throw too: through the plugin's `Error.prepareStackTrace`, or for a fake DOMException. */
function callBuiltIn(getter: (() => unknown) | undefined, error: object): unknown {
  try {
    return getter === undefined ? undefined : Reflect.apply(getter, error, []);
  } catch {
    return undefined;
  }
}

/** The first few errors of an AggregateError, after its own message. */
function listedErrors(error: object): string {
  const errors = ownPropertyOf(error, 'errors');
  if (errors.kind !== 'data' || types.isProxy(errors.value) || !Array.isArray(errors.value)) return '';
  const count = errors.value.length;
  const lines: string[] = [];
  for (let index = 0; index < Math.min(count, MAX_LISTED_ERRORS); index += 1) {
    const item = ownPropertyOf(errors.value, String(index));
    const { name, message } = boundedRecord(item.kind === 'data' ? item.value : undefined, ONE_LINE);
    lines.push(`${name}: ${boundedText(message, 256)}`);
  }
  if (count > lines.length) lines.push(`and ${count - lines.length} more`);
  return lines.length === 0 ? '' : ` (${lines.join('; ')})`;
}

function previewText(value: unknown): string {
  return typeof value === 'string' ? value : previewOf(value);
}

/** A text of others, of which at most so much is kept: the rest is counted. */
export function boundedText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  return `${text.slice(0, maxLength)}… (${text.length - maxLength} more characters)`;
}

function define(error: Error, key: 'name' | 'stack', value: string | undefined): void {
  Object.defineProperty(error, key, { value, configurable: true, writable: true, enumerable: false });
}
