/** What a plugin declares, and how it behaves while it is loaded. */
import { declares, HARMLESS, moduleOf } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';

type Refusal = NonNullable<Scenario['expect']['refused']>;

const INVALID = 'for-its-declaration';
const LOAD = 'while-it-loads';

const one = (fields: string) => `return [{ id: 'h', cron: '1d', enabled: false, ${fields} }];`;

const REFUSED: Readonly<Record<string, readonly [refused: Refusal, body: string]>> = {
  'four-billion-schedules': [INVALID, 'return new Array(4294967295);'],
  'a-million-schedules': [INVALID, "return Array.from({ length: 1e6 }, (_, i) => ({ id: 's' + i, cron: '1d' }));"],
  'a-config-that-doubles-26-times': [
    INVALID,
    `let c = [1]; for (let i = 0; i < 26; i += 1) c = [c, c]; ${one('config: c')}`,
  ],
  'a-config-of-itself': [INVALID, `const c = {}; c.c = c; ${one('config: c')}`],
  'a-config-of-50-mb': [INVALID, one("config: 'x'.repeat(5e7)")],
  'a-config-of-a-hundred-thousand-levels': [
    INVALID,
    `let c = 1; for (let i = 0; i < 1e5; i += 1) c = [c]; ${one('config: c')}`,
  ],
  'a-config-with-big-integers': [INVALID, one('config: { a: 10n, b: new Map(), c: new Date(NaN) }')],
  'an-id-of-100-mb': [INVALID, "return [{ id: 'x'.repeat(1e8), cron: '1d' }];"],
  'a-million-unknown-keys': [
    INVALID,
    `const o = { id: 'h', cron: '1d' }; for (let i = 0; i < 1e6; i += 1) o['k' + i] = i; return [o];`,
  ],
  'an-expression-of-50-mb': [INVALID, "return [{ id: 'h', cron: '*'.repeat(5e7) }];"],
  'an-expression-with-a-million-items': [
    INVALID,
    "return [{ id: 'h', cron: Array(1e6).fill('1').join(',') + ' * * * *' }];",
  ],
  'a-description-of-100-mb': [INVALID, one("description: 'x'.repeat(1e8)")],
  'ten-thousand-faults': [INVALID, "return Array.from({ length: 1e4 }, (_, i) => ({ id: i, cron: 'x'.repeat(200) }));"],
  'the-same-id-many-times': [INVALID, "return Array.from({ length: 5e4 }, () => ({ id: 'h', cron: '1d' }));"],
  'budgets-of-nothing': [INVALID, one('budget: { wallMs: NaN, heapMb: -1, graceMs: Infinity, cpuMs: 0 }')],
  'polluting-keys': [INVALID, 'return JSON.parse(\'[{"id":"h","cron":"1d","__proto__":{"x":1},"constructor":1}]\');'],
  'no-list': [INVALID, 'return 5;'],
  'a-list-of-nothing': [INVALID, 'return [null, undefined, 5, "x", []];'],
  'control-characters': [INVALID, "return [{ id: '\\u001b[2J\\u202e', cron: '\\u0000' }];"],
  'a-function-as-config': [INVALID, one('config: () => {}')],
  'a-proxy': [LOAD, "return new Proxy([], { get() { throw new Error('trap'); } });"],
  'a-proxy-of-a-long-list': [LOAD, "return new Proxy([], { get: (t, k) => (k === 'length' ? 4294967295 : t[k]) });"],
  'a-getter-that-throws': [LOAD, "return [{ id: 'h', get cron() { throw new Error('getter'); } }];"],
  'a-getter-that-loops': [LOAD, "return [{ id: 'h', get cron() { for (;;); } }];"],
  'an-iterator-without-end': [INVALID, "return { *[Symbol.iterator]() { for (;;) yield { id: 'h', cron: '1d' }; } };"],
  'a-throw': [LOAD, "throw new Error('declared');"],
  'a-throw-of-a-proxy': [LOAD, 'const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); throw proxy;'],
  'an-endless-loop': [LOAD, 'for (;;);'],
  'an-endless-promise': [LOAD, 'return new Promise(() => {});'],
  'an-exit': [LOAD, 'process.exit(0);'],
  'a-heap-that-grows': [LOAD, 'for (let node = null; ; ) node = { node, more: [1, 2, 3] };'],
  'a-thenable-that-never-settles': [LOAD, 'return { then() {} };'],
  'a-late-crash': [
    LOAD,
    "setTimeout(() => { throw new Error('late'); }, 1); return new Promise((r) => setTimeout(() => r([]), 300));",
  ],
};

/** Modules that are hostile as a whole, when they are imported or called. */
const MODULES: Readonly<Record<string, readonly [refused: Refusal, text: string]>> = {
  'import-throws': [LOAD, "throw new Error('imported');"],
  'import-throws-nothing': [LOAD, 'throw undefined;'],
  'import-loops': [LOAD, `for (;;); ${HARMLESS}`],
  'import-awaits-for-ever': [LOAD, `await new Promise(() => {}); ${HARMLESS}`],
  'import-exits': [LOAD, `process.exit(0); ${HARMLESS}`],
  'import-blocks': [LOAD, `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); ${HARMLESS}`],
  'import-crashes': [
    LOAD,
    `queueMicrotask(() => { throw new Error('x'); }); await timers.setTimeout(300); ${HARMLESS}`,
  ],
  'import-exhausts-the-heap': [LOAD, `let n = null; for (;;) n = { n, more: [1, 2, 3] }; ${HARMLESS}`],
  'import-of-nothing': [LOAD, "import 'no-such-package';"],
  'import-with-a-syntax-error': [LOAD, 'export default { name: '],
  'no-default': [LOAD, 'export const x = 1;'],
  'default-is-a-proxy': [LOAD, "export default new Proxy({}, { get() { throw new Error('trap'); } });"],
  'default-is-a-class': [LOAD, 'export default class { name = "hostile"; }'],
  'factory-throws': [LOAD, "export default () => { throw new Error('made'); };"],
  'factory-never-answers': [LOAD, 'export default () => new Promise(() => {});'],
  'factory-loops': [LOAD, 'export default () => { for (;;); };'],
  'factory-makes-nothing': [LOAD, 'export default () => null;'],
  'name-is-a-bomb': [
    LOAD,
    "export default { get name() { throw new Error('name'); }, schedules: () => [], run() {} };",
  ],
  'name-of-100-mb': [INVALID, "export default { name: 'x'.repeat(1e8), schedules: () => [], run() {} };"],
  'name-of-the-neighbour': [INVALID, "export default { name: 'neighbour', schedules: () => [], run() {} };"],
  'name-that-pollutes': [INVALID, "export default { name: '__proto__', schedules: () => [], run() {} };"],
  'priority-is-nonsense': [
    INVALID,
    "export default { name: 'hostile', priority: NaN, schedules: () => [], run() {} };",
  ],
};

/**
 * Shorter than the default, so that a plugin which never answers is refused soon; but what can be checked may take its
 * time on a busy machine.
 */
const loadsWithin = (loadTimeoutMs: number): Pick<Scenario, 'options'> => ({
  options: () => ({ pool: { loadTimeoutMs } }),
});

const scenarios = (of: typeof REFUSED, plugin: (text: string) => string): readonly Scenario[] =>
  Object.entries(of).map(([name, [refused, text]]) => ({
    name,
    plugin: plugin(text),
    expect: { refused },
    ...loadsWithin(refused === LOAD ? 2_500 : 15_000),
  }));

export const DECLARATIONS: readonly Scenario[] = scenarios(REFUSED, declares);
export const MODULES_LOADED: readonly Scenario[] = [
  ...scenarios(MODULES, moduleOf),
  {
    name: 'import-poisons',
    plugin: moduleOf(`JSON.stringify = () => { throw 1; }; Array.prototype.push = () => { throw 2; }; ${HARMLESS}`),
    expect: { refused: 'while-it-loads' },
  },
  {
    name: 'clean-up-that-loops',
    plugin: moduleOf(HARMLESS.replace('run() {}', 'run() {}, cleanup() { for (;;); }')),
    expect: { outcomes: ['succeeded'] },
    times: 3,
  },
  {
    name: 'clean-up-that-exits',
    plugin: moduleOf(HARMLESS.replace('run() {}', 'run() {}, cleanup() { process.exit(3); }')),
    expect: { outcomes: ['succeeded'] },
    times: 3,
  },
  {
    name: 'clean-up-that-throws-a-bomb',
    plugin: moduleOf(HARMLESS.replace('run() {}', 'run() {}, cleanup() { throw Proxy.revocable({}, {}).proxy; }')),
    expect: { outcomes: ['succeeded'] },
    times: 3,
  },
];
