/** Values that a run throws, rejects with, returns, or leaves to nobody. */
import { runs } from '../plugin-text.ts';
import { CRASHED, FAILED, type Scenario, SUCCEEDED } from '../scenario.ts';

const THROWN: Readonly<Record<string, string>> = {
  undefined: 'throw undefined;',
  null: 'throw null;',
  'a-symbol': "throw Symbol('x');",
  'a-function': 'throw () => {};',
  'a-big-integer': 'throw 10n;',
  'a-null-prototype': 'throw Object.create(null);',
  'a-revoked-proxy': 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;',
  'a-proxy-of-an-error':
    "throw new Proxy(new Error('x'), { get() { throw new Error('trap'); }, getPrototypeOf() { throw 1; } });",
  'a-proxy-that-loops': "throw new Proxy(new Error('x'), { get() { for (;;); } });",
  'throwing-getters':
    "const e = new Error('x'); for (const k of ['name', 'message', 'stack', 'code', 'cause']) Object.defineProperty(e, k, { get() { throw new Error(k); } }); throw e;",
  'a-message-of-100-mb': "throw new Error('x'.repeat(1e8));",
  'a-name-of-100-mb': "throw Object.assign(new Error('x'), { name: 'n'.repeat(1e8), code: 'c'.repeat(1e8) });",
  'a-stack-of-100-mb': "throw Object.assign(new Error('x'), { stack: 's'.repeat(1e8) });",
  'a-message-that-is-no-text':
    "throw Object.assign(new Error('x'), { message: { toString() { for (;;); } }, name: 5, stack: [] });",
  'a-cause-of-itself': "const e = new Error('x'); e.cause = e; throw e;",
  'a-chain-of-causes':
    "let e = new Error('x'); for (let i = 0; i < 1e5; i += 1) e = new Error('y', { cause: e }); throw e;",
  'an-aggregate-of-itself': "const e = new AggregateError([], 'x'); e.errors.push(e); throw e;",
  'an-aggregate-of-a-million': "throw new AggregateError(Array.from({ length: 1e6 }, () => new Error('y')), 'x');",
  'fields-of-an-error':
    "throw Object.assign(new Error('x'), { a: Buffer.alloc(1e7), b: () => {}, c: new Proxy({}, {}) });",
  'a-thenable': 'throw { then() { for (;;); } };',
  'control-characters': "throw new Error('\\u001b[2J\\u202e\\u0000\\r\\n\\ud800');",
  'an-error-of-another-realm': 'throw vm.runInNewContext(\'new RangeError("x")\');',
};

const RETURNED: Readonly<Record<string, string>> = {
  'a-function': 'return () => {};',
  'a-proxy':
    "return new Proxy({}, { get(_, key) { if (key === 'then') return undefined; throw new Error('trap'); } });",
  'a-hundred-megabytes': 'return Buffer.alloc(1e8, 1);',
  'a-circle': 'const o = {}; o.o = o; return o;',
  'a-generator': 'return (function* () { for (;;) yield 1; })();',
  'a-stream': "return fs.createReadStream('/dev/zero');",
  itself: 'return ctx;',
};

/** An await of such a value calls its `then`. */
const THENABLES: readonly Scenario[] = [
  {
    name: 'thenable-that-throws',
    plugin: runs("return { then() { throw new Error('then'); } };"),
    expect: { outcomes: FAILED },
  },
  {
    name: 'thenable-with-a-bad-getter',
    plugin: runs("return { get then() { throw new Error('get then'); } };"),
    expect: { outcomes: FAILED },
  },
  {
    name: 'thenable-that-settles-twice',
    plugin: runs("return { then(ok, no) { ok(1); no(new Error('late')); ok(2); } };"),
    expect: { outcomes: SUCCEEDED },
  },
  { name: 'thenable-that-never-settles', plugin: runs('return { then() {} };'), expect: { outcomes: ['timed-out'] } },
  {
    name: 'thenable-of-itself',
    plugin: runs('const t = { then(ok) { setImmediate(() => ok(t)); } }; return t;'),
    expect: { outcomes: ['timed-out'] },
  },
  {
    name: 'thenable-without-end',
    plugin: runs('const t = { then(ok) { ok({ then: t.then }); } }; return t;'),
    expect: { outcomes: ['timed-out'] },
  },
];

/** Errors that nobody catches, while the run goes on. */
const UNCAUGHT: Readonly<Record<string, string>> = {
  'floating-rejection': "void Promise.reject(new Error('floating')); await new Promise(() => {});",
  'floating-rejection-of-undefined': 'void Promise.reject(undefined); await new Promise(() => {});',
  'floating-rejection-of-a-proxy':
    'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); void Promise.reject(proxy); await new Promise(() => {});',
  'thrown-in-a-timer': "setTimeout(() => { throw new Error('timer'); }, 5); await new Promise(() => {});",
  'thrown-in-a-microtask': "queueMicrotask(() => { throw new Error('microtask'); }); await new Promise(() => {});",
  'thrown-in-a-tick': 'process.nextTick(() => { throw null; }); await new Promise(() => {});',
  'thrown-in-a-file-callback': "fs.stat('/', () => { throw new Error('stat'); }); await new Promise(() => {});",
  'thrown-in-a-port':
    "const c = new MessageChannel(); c.port1.on('message', () => { throw new Error('port'); }); c.port2.postMessage(1); await new Promise(() => {});",
  'error-event-unheard': "new events().emit('error', new Error('unheard'));",
  'socket-refused': "net.connect(1, '127.0.0.1'); await new Promise(() => {});",
  'child-not-found': "childProcess.spawn('/nonexistent'); await new Promise(() => {});",
  'thrown-in-a-nested-thread': "new worker.Worker('throw new Error(1)', { eval: true }); await new Promise(() => {});",
  'thrown-in-a-finalizer':
    "const r = new FinalizationRegistry(() => { throw new Error('finalizer'); }); for (let i = 0; i < 1e5; i += 1) r.register({}); for (let i = 0; i < 60; i += 1) { new Array(1e6).fill(i); await timers.setTimeout(5); } await Promise.reject(new Error('end'));",
};

/** An error event in the run's own turn is an exception of the run itself. */
const ENDS_THE_RUN = new Set(['error-event-unheard', 'thrown-in-a-finalizer']);

const LATE: Readonly<Record<string, string>> = {
  'late-throw': "setTimeout(() => { throw new Error('late'); }, 100);",
  'late-rejection': "setTimeout(() => Promise.reject(new Error('late')), 100);",
  'late-throws-without-end': "setInterval(() => { throw new Error('late'); }, 5);",
  'late-throw-of-a-bomb':
    'setTimeout(() => { throw new Proxy({}, { get() { throw 1; }, getPrototypeOf() { throw 2; } }); }, 100);',
  'late-uncaught-listener-removed':
    "process.removeAllListeners('uncaughtException'); setTimeout(() => { throw new Error('late'); }, 100);",
};

const entries = (
  of: Readonly<Record<string, string>>,
  prefix: string,
  outcomes: (name: string) => Scenario['expect'],
) =>
  Object.entries(of).map(
    ([name, body]): Scenario => ({ name: prefix + name, plugin: runs(body), expect: outcomes(name) }),
  );

/** To read such a value calls code of the plugin, which may take all of its time, and a million errors its memory. */
const OF_THE_VALUE = ['timed-out', 'out-of-memory'] as const;

export const THROWN_VALUES: readonly Scenario[] = [
  ...entries(THROWN, 'throws-', () => ({ outcomes: [...FAILED, ...CRASHED, ...OF_THE_VALUE], maxResidentMb: 1_500 })),
  ...entries(RETURNED, 'returns-', () => ({ outcomes: SUCCEEDED })),
  ...THENABLES.map((scenario) => ({ ...scenario, name: `returns-${scenario.name}` })),
  ...entries(UNCAUGHT, '', (name) => ({ outcomes: ENDS_THE_RUN.has(name) ? [...FAILED, ...CRASHED] : CRASHED })),
  ...entries(LATE, '', () => ({ outcomes: SUCCEEDED })).map((scenario) => ({ ...scenario, times: 2 })),
];
