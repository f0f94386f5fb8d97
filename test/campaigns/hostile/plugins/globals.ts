/** Globals and builtin modules that a run changes, and leaves changed in its thread. */
import { runs } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';

const THROWS = "() => { throw new Error('poisoned'); }";

const GLOBALS: Readonly<Record<string, string>> = {
  'abort-controller': `globalThis.AbortController = class { constructor() { throw new Error('poisoned'); } };`,
  'abort-signal-aborted': "Object.defineProperty(AbortSignal.prototype, 'aborted', { get: () => true });",
  'abort-signal-throw': `AbortSignal.prototype.throwIfAborted = ${THROWS};`,
  'event-target-dispatch': `EventTarget.prototype.dispatchEvent = ${THROWS};`,
  'event-target-listen': 'EventTarget.prototype.addEventListener = () => {};',
  'event-emitter-on': `events.prototype.on = ${THROWS}; events.prototype.emit = () => true;`,
  'event-emitter-capture': 'events.captureRejections = true; events.defaultMaxListeners = 0;',
  'async-local-storage-run': 'asyncHooks.AsyncLocalStorage.prototype.run = () => undefined;',
  'async-local-storage-store': 'asyncHooks.AsyncLocalStorage.prototype.getStore = () => ({ taskId: "x", log: null });',
  'async-local-storage-off':
    'asyncHooks.AsyncLocalStorage.prototype.disable.call(new asyncHooks.AsyncLocalStorage()); asyncHooks.AsyncLocalStorage.prototype.getStore = () => undefined;',
  'async-hook-that-throws':
    "asyncHooks.createHook({ init() { if (globalThis.armed) { globalThis.armed = false; throw new Error('in the hook'); } } }).enable(); globalThis.armed = true; await null;",
  'queue-microtask': 'globalThis.queueMicrotask = () => {};',
  'structured-clone': 'globalThis.structuredClone = () => 7;',
  'set-timeout': 'globalThis.setTimeout = (call) => { call(); return {}; };',
  'set-immediate': 'globalThis.setImmediate = () => ({});',
  'timers-promises':
    'timers.setTimeout = async () => new Promise(() => {}); timers.setImmediate = async () => new Promise(() => {});',
  'buffer-from': `Buffer.from = ${THROWS}; Buffer.alloc = ${THROWS};`,
  'buffer-to-string': "Buffer.prototype.toString = () => '';",
  'message-port-post': 'MessagePort.prototype.postMessage = () => {};',
  'message-port-on': 'MessagePort.prototype.on = () => {}; MessagePort.prototype.ref = () => {};',
  'message-channel': 'globalThis.MessageChannel = class {}; globalThis.MessagePort = class {};',
  'shared-array-buffer': 'globalThis.SharedArrayBuffer = class {}; globalThis.Atomics = {};',
  console: `for (const name of Object.keys(console)) console[name] = ${THROWS};`,
  'console-deleted': 'delete globalThis.console;',
  'process-deleted': 'globalThis.process = undefined;',
  'buffer-deleted': 'globalThis.Buffer = undefined;',
  'url-replaced': 'globalThis.URL = class { constructor() { this.href = "x:"; } };',
  'fetch-replaced': 'globalThis.fetch = async () => ({});',
  'text-decoder': 'TextDecoder.prototype.decode = () => ""; TextEncoder.prototype.encode = () => new Uint8Array();',
  'intl-replaced': 'globalThis.Intl = undefined; Date.prototype.toLocaleString = () => "";',
  'global-this-getter':
    "Object.defineProperty(globalThis, 'performance', { get() { throw new Error('performance'); }, configurable: true });",
};

const PROCESS: Readonly<Record<string, string>> = {
  'process-next-tick': 'process.nextTick = () => {};',
  'process-hrtime': 'process.hrtime = () => [0, 0];',
  'process-memory-usage': 'process.memoryUsage = () => ({ rss: 0, heapUsed: 0 });',
  'process-emit': 'process.emit = () => true;',
  'process-on': 'process.on = () => process;',
  'process-listeners-removed': 'process.removeAllListeners();',
  'process-stdout-write': `process.stdout.write = ${THROWS}; process.stderr.write = ${THROWS};`,
  'process-stdout-ended': 'process.stdout.end(); process.stderr.destroy();',
  'process-exit-replaced': 'process.exit = () => {}; process.reallyExit = () => {};',
  'process-env-deleted': 'for (const name of Object.keys(process.env)) delete process.env[name];',
  'process-env-replaced': 'process.env = {}; ',
  'process-argv-emptied': 'process.argv.length = 0; process.execArgv.push("--inspect");',
  'process-exec-path': "process.execPath = '/nonexistent';",
  'process-versions':
    "Object.defineProperty(process, 'version', { value: 'v0' }); Object.defineProperty(process, 'platform', { value: 'plan9' });",
  'process-exit-code': 'process.exitCode = 99;',
  'process-title': "process.title = 'x'.repeat(1_000);",
  'process-warnings': "for (let i = 0; i < 10_000; i += 1) process.emitWarning('w' + i);",
  'process-capture-callback': 'process.setUncaughtExceptionCaptureCallback?.(() => {});',
  'process-source-maps': 'process.setSourceMapsEnabled(true);',
};

/** Functions of builtin modules, changed for everybody in the thread, ESM imports included. */
const MODULES: Readonly<Record<string, string>> = {
  'fs-write': `fs.writeSync = ${THROWS}; fs.appendFileSync = ${THROWS};`,
  'fs-read': `fs.readFileSync = ${THROWS}; fs.statSync = ${THROWS};`,
  'path-join': "const path = process.getBuiltinModule('node:path'); path.join = path.resolve = () => '/nonexistent';",
  'url-functions': `const url = process.getBuiltinModule('node:url'); url.fileURLToPath = url.pathToFileURL = ${THROWS};`,
  'util-inspect': `const util = process.getBuiltinModule('node:util'); util.inspect = util.format = util.types = ${THROWS};`,
  'worker-threads': `worker.parentPort = null; worker.receiveMessageOnPort = ${THROWS}; worker.threadId = 0;`,
  'module-hooks':
    "const m = process.getBuiltinModule('node:module'); m.registerHooks({ load() { throw new Error('hooked'); }, resolve() { throw new Error('hooked'); } });",
  'module-loader': `const m = process.getBuiltinModule('node:module'); m._load = m._resolveFilename = ${THROWS};`,
  'synced-builtins': `const m = process.getBuiltinModule('node:module'); timers.setImmediate = ${THROWS}; asyncHooks.AsyncLocalStorage = class {}; m.syncBuiltinESMExports();`,
  'diagnostics-channel':
    "const d = process.getBuiltinModule('node:diagnostics_channel'); d.subscribe('worker_threads', () => { throw new Error('channel'); });",
};

/** What changes nothing that others use needs no warning, nor does what ends its thread. */
const SOILS_NOTHING = new Set([
  'async-hook-that-throws',
  'process-warnings',
  'process-exit-code',
  'process-title',
  'process-source-maps',
]);

export const GLOBALS_CHANGED: readonly Scenario[] = Object.entries({ ...GLOBALS, ...PROCESS, ...MODULES }).map(
  ([name, body]) => ({
    name,
    plugin: runs(body),
    expect: { outcomes: 'any' as const, ...(!SOILS_NOTHING.has(name) && { warns: 'thread-soiled' }) },
  }),
);
