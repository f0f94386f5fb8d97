/** Built-in objects that a run changes, and leaves changed in its thread for whoever runs there next. */
import { runs } from '../plugin-text.ts';
import { CRASHED, FAILED, type Scenario, SUCCEEDED, TIMED_OUT } from '../scenario.ts';

const THROWS = "() => { throw new Error('poisoned'); }";

/** A run may not even be able to report after such a change; what matters is what the neighbour meets. */
const POISONS: Readonly<Record<string, string>> = {
  'json-stringify': `JSON.stringify = ${THROWS};`,
  'json-parse': 'JSON.parse = () => 42;',
  'array-push': `Array.prototype.push = ${THROWS};`,
  'array-map': 'Array.prototype.map = () => [];',
  'array-iterator': `Array.prototype[Symbol.iterator] = ${THROWS};`,
  'array-iterator-next': 'Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true });',
  'array-setter': "Object.defineProperty(Array.prototype, 0, { set() { throw new Error('0'); }, configurable: true });",
  'object-prototype-then': 'Object.prototype.then = (resolve) => resolve(7);',
  'object-prototype-kind':
    "Object.defineProperty(Object.prototype, 'kind', { get: () => 'x', set() {}, configurable: true });",
  'object-prototype-get': 'Object.prototype.get = () => 1; Object.prototype.value = 2;',
  'object-entries': 'Object.entries = () => []; Object.keys = () => [];',
  'object-freeze': `Object.freeze = ${THROWS};`,
  'object-from-entries': 'Object.fromEntries = () => ({});',
  'object-define-property': `Object.defineProperty = ${THROWS};`,
  'promise-then': 'Promise.prototype.then = function () { return new Promise(() => {}); };',
  'promise-resolve': `Promise.resolve = ${THROWS};`,
  'promise-species':
    'Object.defineProperty(Promise, Symbol.species, { get() { return class { constructor(f) { f(() => {}, () => {}); } }; } });',
  'promise-replaced': 'globalThis.Promise = class extends Promise { then() { return this; } };',
  'function-call': `Function.prototype.call = ${THROWS};`,
  'function-apply': `Function.prototype.apply = ${THROWS};`,
  'function-bind': `Function.prototype.bind = ${THROWS};`,
  'map-get': 'Map.prototype.get = () => undefined;',
  'map-set': 'Map.prototype.set = function () { return this; };',
  'weak-map-get': `WeakMap.prototype.get = ${THROWS};`,
  'string-slice': "String.prototype.slice = () => '';",
  'string-replace-all': `String.prototype.replaceAll = ${THROWS};`,
  'regexp-exec': 'RegExp.prototype.exec = () => null;',
  'symbol-iterator-of-string': 'String.prototype[Symbol.iterator] = function* () {};',
  'error-constructor': `globalThis.Error = function () { throw 1; };`,
  'error-prepare-stack': "Error.prepareStackTrace = () => { throw new Error('in the stack'); };",
  'error-stack-limit': 'Error.stackTraceLimit = Infinity;',
  'number-is-finite': 'Number.isFinite = () => false; Number.isInteger = () => false;',
  'math-min-max': 'Math.min = () => NaN; Math.max = () => NaN; Math.round = () => NaN;',
  'date-now': 'Date.now = () => 0;',
  'date-replaced': 'globalThis.Date = class { static now() { return 0; } getTime() { return 0; } };',
  'performance-now': 'performance.now = () => 1e12;',
  'reflect-apply': `Reflect.apply = ${THROWS}; Reflect.get = ${THROWS};`,
  'typed-array-subarray': `Object.getPrototypeOf(Uint8Array.prototype).subarray = ${THROWS};`,
  'proxy-in-the-prototype':
    "Object.setPrototypeOf(Object.prototype.__proto__ ?? Array.prototype, new Proxy({}, { get() { throw new Error('trap'); } }));",
  'generator-next': 'Object.getPrototypeOf(Object.getPrototypeOf((function* () {})())).next = () => ({ done: true });',
  'iterator-helpers': `Iterator.prototype.map = ${THROWS}; Iterator.prototype.toArray = ${THROWS};`,
  'atomics-wait': `Atomics.wait = ${THROWS}; Atomics.load = () => 0; Atomics.notify = () => 0;`,
  'frozen-prototypes': 'Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis);',
};

/** Node itself fails on these, so that the thread ends, and nobody else meets what was changed. */
const ENDS_ITS_THREAD = new Set(['array-iterator', 'array-iterator-next']);

/** A clock that stands still on a thread must not free an endless run of another plugin there from its budget. */
const STOPPED_CLOCKS: Readonly<Record<string, string>> = {
  hrtime: 'process.hrtime = Object.assign(() => [1e9, 0], { bigint: () => 10n });',
  'performance-now': 'performance.now = () => 0; Performance.prototype.now = () => 0;',
  'date-now': 'Date.now = () => 1e15;',
  'fake-timers':
    'const none = () => ({ unref() {}, ref() {} }); globalThis.setTimeout = none; globalThis.setInterval = none; globalThis.setImmediate = none;',
  'time-origin': "Object.defineProperty(performance, 'timeOrigin', { value: 0 });",
  'cpu-usage':
    'process.cpuUsage = () => ({ user: 0, system: 0 }); process.threadCpuUsage = () => ({ user: 0, system: 0 });',
};

/** Changes of V8 and of the process as a whole that a thread is able to make. */
const ENGINE: Readonly<Record<string, string>> = {
  'v8-flags-stack-size': "v8.setFlagsFromString('--stack-size=50');",
  'v8-flags-gc-interval': "v8.setFlagsFromString('--gc-interval=50');",
  'v8-flags-no-opt': "v8.setFlagsFromString('--jitless'); v8.setFlagsFromString('--interrupt-budget=1');",
  'v8-flags-stress': "v8.setFlagsFromString('--stress-compaction'); v8.setFlagsFromString('--predictable');",
  'v8-heap-limit-callback': 'v8.setHeapSnapshotNearHeapLimit(1);',
};

export const INTRINSICS: readonly Scenario[] = [
  ...Object.entries(POISONS).map(([name, body]) => ({
    name,
    plugin: runs(body),
    expect: ENDS_ITS_THREAD.has(name) ? { outcomes: CRASHED } : { outcomes: 'any' as const, warns: 'thread-soiled' },
  })),
  ...Object.entries(STOPPED_CLOCKS).map(([name, body]) => ({
    name: `clock-${name}`,
    // The first run poisons its thread, the second one would never end.
    plugin: runs(`if (ctx.runCount <= 2) { ${body} return; } await new Promise(() => setInterval(() => {}, 1_000));`),
    expect: { outcomes: [...SUCCEEDED, ...TIMED_OUT, ...FAILED] },
    times: 5,
  })),
  ...Object.entries(ENGINE).map(([name, body]) => ({ name, plugin: runs(body), expect: { outcomes: 'any' as const } })),
];
