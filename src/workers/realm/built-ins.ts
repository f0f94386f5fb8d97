/** Which built-in objects of a thread are guarded: what every plugin expects to find as the language defines it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { MessagePort } from 'node:worker_threads';

export type NamedObject = readonly [name: string, object: object];

const { defineProperty, deleteProperty, getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

const CONSTRUCTORS = [
  ...[Object, Function, Array, String, Number, Boolean, Symbol, BigInt, RegExp, Date, Promise, Proxy],
  ...[Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry],
  ...[Error, TypeError, RangeError, SyntaxError, AggregateError],
  ...[ArrayBuffer, SharedArrayBuffer, DataView, Uint8Array, Int32Array, Float64Array, Buffer],
  ...[AbortController, AbortSignal, EventTarget, Event, MessagePort, EventEmitter, AsyncLocalStorage, URL],
  ...[TextDecoder, TextEncoder],
];
const NAMESPACES: readonly NamedObject[] = [
  ['Math', Math],
  ['JSON', JSON],
  ['Reflect', Reflect],
  ['Atomics', Atomics],
];
const GLOBAL_FUNCTIONS = [
  ...['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'],
  ...['queueMicrotask', 'structuredClone'],
];
const PROCESS_FUNCTIONS = ['nextTick', 'hrtime', 'exit', 'emit', 'on', 'cpuUsage', 'threadCpuUsage', 'memoryUsage'];
/** They are compared between the begin and the end of a run: see `Intrinsics`. */
const UNGUARDED = new Set<PropertyKey>(['stackTraceLimit', 'prepareStackTrace', 'defaultMaxListeners']);
/** By these the language finds what to do with an object, and few objects have one. */
const LANGUAGE_SYMBOLS = [
  ...[Symbol.hasInstance, Symbol.isConcatSpreadable, Symbol.iterator, Symbol.asyncIterator],
  ...[Symbol.toPrimitive, Symbol.toStringTag],
];

/** What the code between two runs calls, ours and piscina's. */
export const HOT: ReadonlySet<string> = new Set([
  ...['push', 'slice', 'map', 'concat', 'Symbol(Symbol.iterator)'].map((key) => `Array.prototype.${key}`),
  ...['add', 'load', 'waitAsync'].map((key) => `Atomics.${key}`),
  ...['bind', 'call'].map((key) => `Function.prototype.${key}`),
  ...['get', 'set', 'delete'].map((key) => `Map.prototype.${key}`),
  ...['assign', 'entries', 'fromEntries', 'keys'].map((key) => `Object.${key}`),
  ...['Date', 'Promise', 'clearTimeout', 'queueMicrotask', 'setImmediate', 'setInterval', 'setTimeout'].map(
    (key) => `globalThis.${key}`,
  ),
  ...['emit', 'exit', 'hrtime', 'nextTick'].map((key) => `process.${key}`),
  ...['ArrayIterator.prototype.next', 'Date.now', 'JSON.parse', 'JSON.stringify', 'MessagePort.prototype.postMessage'],
  ...['Promise.prototype.then', 'Promise.resolve'],
]);

export interface GuardedValue {
  readonly holder: Record<PropertyKey, unknown>;
  readonly key: PropertyKey;
  readonly value: unknown;
  readonly name: string;
  /** Whether the object has the value itself, and not by its prototype or by an accessor. */
  readonly isOwn: boolean;
}

export interface GuardedAccessor {
  readonly holder: object;
  readonly key: PropertyKey;
  readonly property: PropertyDescriptor;
  readonly name: string;
}

/** Every guarded property as it is now, and the objects that have them. */
export function guardedBuiltIns() {
  const objects: readonly NamedObject[] = [
    ...CONSTRUCTORS.flatMap((type): NamedObject[] => [
      [type.name, type],
      ...(type.prototype === undefined ? [] : [[`${type.name}.prototype`, type.prototype as object] as const]),
    ]),
    ...NAMESPACES,
    ...hiddenPrototypes(),
  ];
  const names = CONSTRUCTORS.map((type) => type.name);
  const values = [
    ...objects.flatMap((named) => valuesOf(named)),
    ...valuesOf(['globalThis', globalThis], [...names, ...GLOBAL_FUNCTIONS]),
    ...valuesByName(['process', process], PROCESS_FUNCTIONS),
    ...valuesByName(['performance', performance], ['now']),
  ];
  return { objects, values, accessors: objects.flatMap(accessorsOf) };
}

/** Prototypes without a name of their own. */
function hiddenPrototypes(): NamedObject[] {
  const parentOf = (object: object): object => getPrototypeOf(object) as object;
  const arrayIterator = parentOf([][Symbol.iterator]());
  return [
    ['ArrayIterator.prototype', arrayIterator],
    ['Iterator.prototype', parentOf(arrayIterator)],
    ['MapIterator.prototype', parentOf(new Map().entries())],
    ['SetIterator.prototype', parentOf(new Set().values())],
    ['Generator.prototype', parentOf(parentOf((function* empty() {})()))],
    ['AsyncGenerator.prototype', parentOf(parentOf((async function* empty() {})()))],
    ['Performance.prototype', parentOf(performance)],
    ['TypedArray', parentOf(Int32Array)],
    ['TypedArray.prototype', parentOf(Int32Array.prototype)],
  ];
}

/** The properties of an object that hold a value: all, or those with the given keys. */
export function valuesOf([name, object]: NamedObject, keys: readonly PropertyKey[] = ownKeys(object)): GuardedValue[] {
  return keys.flatMap((key) => {
    const property = getOwnPropertyDescriptor(object, key);
    if (property === undefined || !('value' in property) || property.configurable === false) return [];
    if (UNGUARDED.has(key)) return [];
    const holder = object as Record<PropertyKey, unknown>;
    return [{ holder, key, value: property.value as unknown, name: `${name}.${String(key)}`, isOwn: true }];
  });
}

/** What an object gives for these keys, wherever it has it from. */
export function valuesByName([name, object]: NamedObject, keys: readonly string[]): GuardedValue[] {
  const holder = object as Record<PropertyKey, unknown>;
  return keys.map((key) => {
    const property = getOwnPropertyDescriptor(object, key);
    const isOwn = property !== undefined && 'value' in property;
    return { holder, key, value: holder[key], name: `${name}.${key}`, isOwn };
  });
}

/** A getter in place of the value is the plugin's code: it may throw, which is a change too. */
export function isIntact({ holder, key, value }: Pick<GuardedValue, 'holder' | 'key' | 'value'>): boolean {
  try {
    return holder[key] === value;
  } catch {
    return false;
  }
}

/** What the plugin made unchangeable stays: the thread is replaced all the same. */
export function putBack({ holder, key, value, isOwn }: GuardedValue): void {
  const enumerable = getOwnPropertyDescriptor(holder, key)?.enumerable ?? false;
  if (!isOwn && deleteProperty(holder, key) && holder[key] === value) return;
  defineProperty(holder, key, { value, writable: true, configurable: true, enumerable });
}

/** What an object gives for the symbols that it has not itself: with one of its own it would be another kind of thing. */
export function inheritedSymbols([name, object]: NamedObject): GuardedValue[] {
  const holder = object as Record<PropertyKey, unknown>;
  return LANGUAGE_SYMBOLS.filter((key) => getOwnPropertyDescriptor(object, key) === undefined).map((key) => {
    return { holder, key, value: holder[key], name: `${name}.${String(key)}`, isOwn: false };
  });
}

function accessorsOf([name, object]: NamedObject): GuardedAccessor[] {
  return ownKeys(object).flatMap((key) => {
    const property = getOwnPropertyDescriptor(object, key);
    if (property?.get === undefined || property.configurable !== true || UNGUARDED.has(key)) return [];
    return [{ holder: object, key, property, name: `${name}.${String(key)}` }];
  });
}
