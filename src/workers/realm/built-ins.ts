/** Which built-in objects of a thread are guarded: what every plugin expects to find as the language defines it. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { MessagePort } from 'node:worker_threads';

export type NamedObject = readonly [name: string, object: object];

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys } = Reflect;

const CONSTRUCTORS = [
  ...[Object, Function, Array, String, Number, Boolean, Symbol, BigInt, RegExp, Date, Promise, Proxy],
  ...[Map, Set, WeakMap, WeakSet, WeakRef, FinalizationRegistry],
  ...[Error, TypeError, RangeError, SyntaxError, AggregateError],
  ...[ArrayBuffer, SharedArrayBuffer, DataView, Uint8Array, Int32Array, Float64Array, Buffer],
  ...[AbortController, AbortSignal, EventTarget, Event, MessagePort, EventEmitter, AsyncLocalStorage, URL],
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
/** Libraries and test tools may set these: they change how errors look, and nothing else. */
const FREE = new Set<PropertyKey>(['stackTraceLimit', 'prepareStackTrace', 'captureStackTrace', 'defaultMaxListeners']);

/** Every guarded property with its present value. */
export function guardedBuiltIns() {
  return [
    ...CONSTRUCTORS.flatMap((type) => [
      ...guarded(['globalThis', globalThis], [type.name]),
      ...guarded([type.name, type]),
      ...(type.prototype === undefined ? [] : guarded([`${type.name}.prototype`, type.prototype as object])),
    ]),
    ...[...NAMESPACES, ...hiddenPrototypes()].flatMap((named) => guarded(named)),
    ...guarded(['globalThis', globalThis], GLOBAL_FUNCTIONS),
    ...guarded(['process', process], PROCESS_FUNCTIONS),
  ];
}

/** Prototypes without a name of their own. */
function hiddenPrototypes(): NamedObject[] {
  const parentOf = (object: object): object => getPrototypeOf(object) as object;
  const arrayIterator = parentOf([][Symbol.iterator]());
  const typedArray = parentOf(Int32Array);
  return [
    ['ArrayIterator.prototype', arrayIterator],
    ['Iterator.prototype', parentOf(arrayIterator)],
    ['MapIterator.prototype', parentOf(new Map().entries())],
    ['SetIterator.prototype', parentOf(new Set().values())],
    ['Generator.prototype', parentOf((function* empty() {})())],
    ['TypedArray', typedArray],
    ['TypedArray.prototype', parentOf(Int32Array.prototype)],
  ];
}

/** The properties of an object that hold a value: all, or those with the given keys. A getter holds none. */
function guarded([name, object]: NamedObject, keys: readonly PropertyKey[] = ownKeys(object)) {
  return keys.flatMap((key) => {
    const property = getOwnPropertyDescriptor(object, key);
    if (property === undefined || !('value' in property) || property.configurable === false || FREE.has(key)) return [];
    const holder = object as Record<PropertyKey, unknown>;
    return [{ holder, key, value: property.value as unknown, name: `${name}.${String(key)}` }];
  });
}
