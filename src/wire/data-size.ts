import { types } from 'node:util';
import { MAX_JSON_DEPTH } from './json-problem.ts';

const VALUE_BYTES = 8;
/** No index of a list has more digits. */
const MAX_INDEX_LENGTH = 10;

/**
 * About how many bytes plain data takes when it is sent to another thread: texts, numbers, lists and plain objects.
 * Infinity for anything that holds another object, because what such an object carries with it cannot be seen from
 * outside: a view of one byte carries its whole buffer, a RegExp its source.
 *
 * The count ends when it is above `limitBytes`, so that its time is bounded, whatever the value is. It reads properties,
 * so the value must be ours or the caller's own.
 */
export function dataSize(value: unknown, limitBytes: number): number {
  const pending: unknown[] = [value];
  let bytes = 0;
  while (pending.length > 0 && bytes <= limitBytes) {
    const next = pending.pop();
    bytes += VALUE_BYTES;
    if (typeof next === 'string') bytes += next.length;
    else if (typeof next === 'bigint') bytes += bigIntBytes(next, limitBytes);
    else if (typeof next === 'object' && next !== null) bytes += addParts(next, pending, limitBytes - bytes);
  }
  return bytes;
}

/** Adds the parts of an object to those that are still to count. Returns the bytes of what is not a part. */
function addParts(object: object, pending: unknown[], limitBytes: number): number {
  if (types.isProxy(object)) return Number.POSITIVE_INFINITY;
  if (Array.isArray(object)) return addItems(object, pending, limitBytes);
  // This comes before the keys are listed: a String has one for each character.
  return isPlainObject(object) ? addFields(object, pending, limitBytes) : Number.POSITIVE_INFINITY;
}

/** Also one of another realm, such as a `vm` context, or one without a prototype. */
function isPlainObject(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  if (prototype === null || prototype === Object.prototype) return true;
  return !types.isProxy(prototype) && Object.getPrototypeOf(prototype) === null;
}

/** A list may have fields beside its items, which are sent with it, and holes. */
function addItems(list: readonly unknown[], pending: unknown[], limitBytes: number): number {
  if (list.length * VALUE_BYTES > limitBytes) return list.length * VALUE_BYTES;
  const keys = Object.keys(list);
  let bytes = Math.max(0, list.length - keys.length) * VALUE_BYTES;
  for (const key of keys) {
    if (key.length > MAX_INDEX_LENGTH) bytes += key.length;
    pending.push((list as unknown as Readonly<Record<string, unknown>>)[key]);
  }
  return bytes;
}

function addFields(object: object, pending: unknown[], limitBytes: number): number {
  let keyBytes = 0;
  for (const key of Object.keys(object)) {
    keyBytes += key.length;
    if (keyBytes > limitBytes) break;
    pending.push((object as Readonly<Record<string, unknown>>)[key]);
  }
  return keyBytes;
}

/** One that is above the limit is not written out. */
function bigIntBytes(value: bigint, limitBytes: number): number {
  if (BigInt.asIntN(limitBytes * 8, value) !== value) return limitBytes;
  return value.toString(16).length / 2;
}

/**
 * About how many bytes the arguments of a call take, after they have crossed threads. Infinity when they are not JSON;
 * only an argument that is undefined is taken as it is, because that is how one is left out. The count ends when it is
 * above `limitBytes`.
 *
 * What has crossed threads has no getters and is no Proxy, so it is read as it is, many times faster than `jsonProblem`
 * does, which says what is wrong with it.
 */
export function argumentsBytes(args: unknown, limitBytes: number): number {
  if (!Array.isArray(args)) return Number.POSITIVE_INFINITY;
  if (args.length * VALUE_BYTES > limitBytes) return args.length * VALUE_BYTES;
  const look = new Look(limitBytes);
  const areJson = args.every((value) => value === undefined || look.isJson(value, 0)) && hasItemsOnly(args);
  // A value that is too long is read no further, so it is not known whether the rest of it is JSON.
  if (!areJson && !look.isOver) return Number.POSITIVE_INFINITY;
  const leftOutCount = args.reduce<number>((count, value) => count + Number(value === undefined), 0);
  return look.bytes + (1 + leftOutCount) * VALUE_BYTES;
}

class Look {
  readonly #limitBytes: number;
  bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get isOver(): boolean {
    return this.bytes > this.#limitBytes;
  }

  isJson(value: unknown, depth: number): boolean {
    this.bytes += typeof value === 'string' ? VALUE_BYTES + value.length : VALUE_BYTES;
    if (this.isOver) return false;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
    if (typeof value === 'number') return Number.isFinite(value);
    if (typeof value !== 'object' || depth >= MAX_JSON_DEPTH) return false;
    return Array.isArray(value) ? this.#isList(value, depth) : this.#isRecord(value, depth);
  }

  /** A hole is undefined, which ends the loop. */
  #isList(list: readonly unknown[], depth: number): boolean {
    for (let index = 0; index < list.length; index += 1) if (!this.isJson(list[index], depth + 1)) return false;
    return hasItemsOnly(list);
  }

  /** The prototype comes first: to list the keys of another object, such as a String, may take seconds. */
  #isRecord(record: object, depth: number): boolean {
    if (Object.getPrototypeOf(record) !== Object.prototype || Object.hasOwn(record, '__proto__')) return false;
    for (const key of Object.keys(record)) {
      this.bytes += key.length;
      if (this.isOver) return false;
      const field = (record as Readonly<Record<string, unknown>>)[key];
      // As in JSON, a field that is undefined is not there.
      if (field !== undefined && !this.isJson(field, depth + 1)) return false;
    }
    return true;
  }
}

/** A list may have fields beside its items. They cross threads, and no JSON has them. */
function hasItemsOnly(list: readonly unknown[]): boolean {
  return Object.keys(list).length === list.length;
}
