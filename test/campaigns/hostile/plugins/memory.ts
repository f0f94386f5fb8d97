/** Statements that take more memory than a run may have. */
import { runs } from '../plugin-text.ts';
import { FAILED, OUT_OF_MEMORY, type Scenario, TIMED_OUT } from '../scenario.ts';

/** Allocating gigabytes takes a while, so only memory may end these runs. */
function hungry(name: string, body: string, changed: Partial<Scenario> = {}): Scenario {
  return {
    name,
    plugin: runs(body, { budget: { wallMs: 30_000 } }),
    expect: { outcomes: OUT_OF_MEMORY },
    settleMs: 35_000,
    ...changed,
  };
}

/** V8 gives up inside these builtins, before anything outside can look. */
const INSIDE_BUILTINS: readonly Scenario[] = [
  hungry('array-fill-map', 'kept.push(new Array(3e8).fill(0).map((_, i) => i * 1.5));'),
  hungry('array-length-fill', 'const a = []; a.length = 2e9; a.fill(1);'),
  hungry('json-parse-240-mb', "kept.push(JSON.parse('[' + '1.5,'.repeat(6e7) + '1]'));"),
  hungry('replace-with-callback', "kept.push('a'.repeat(2e8).replace(/a/g, () => 'bc'));"),
  hungry('push-forever', 'const a = []; for (let i = 0; ; i += 1) a.push(i * 1.5);'),
  hungry('split-200-mb', "kept.push('a,'.repeat(1e8).split(','));"),
  hungry('match-all-letters', "kept.push('a'.repeat(1e8).match(/a/g));"),
  hungry('array-from-length', 'kept.push(Array.from({ length: 2e8 }, (_, i) => ({ i })));'),
  hungry('stringify-big-array', "kept.push(JSON.stringify(new Array(1e8).fill('xxxxxxxxxx')));"),
  hungry('concat-of-arrays', 'let a = [1.5]; for (;;) a = a.concat(a);'),
  hungry('flat-of-arrays', 'const a = new Array(1e6).fill(1); kept.push(new Array(500).fill(a).flat());'),
  hungry('object-entries', 'kept.push(Object.entries(new Array(5e7).fill(1)));'),
  hungry('clone-of-big-array', 'kept.push(structuredClone(new Array(4e7).fill(0).map((_, i) => ({ i }))));'),
  hungry('sort-with-copies', 'kept.push(new Array(6e7).fill(0).map(Math.random).toSorted());'),
  // V8 knows nothing of what a blob holds.
  hungry('blobs', 'for (;;) kept.push(new Blob([Buffer.alloc(1 << 24, 1)]));'),
  // A thread that a plugin starts has the limits of a process.
  hungry(
    'nested-thread',
    "const w = new worker.Worker('const a = []; for (;;) a.push(new Array(1e6).fill(1.5));', { eval: true }); await events.once(w, 'exit');",
  ),
].map((scenario) => ({ ...scenario, containedBy: 'process' as const }));

/** These grow statement by statement, or outside of the heap, so that the meter can see it. */
export const MEMORY: readonly Scenario[] = [
  ...INSIDE_BUILTINS,
  hungry('map-forever', 'const m = new Map(); for (let i = 0; ; i += 1) m.set(i, { i });'),
  hungry('set-forever', "const s = new Set(); for (let i = 0; ; i += 1) s.add('v' + i);"),
  hungry('object-keys-forever', "const o = {}; for (let i = 0; ; i += 1) o['k' + i] = i;"),
  hungry('linked-list', 'let node = null; for (;;) node = { node, more: [1, 2, 3] };'),
  hungry('closures', 'for (let f = () => 0; ; ) { const g = f; f = () => g; }'),
  hungry('strings', "for (let i = 0; ; i += 1) kept.push('x'.repeat(1_000) + i);"),
  hungry('doubling-string', "let s = 'x'; for (;;) s += s;", { expect: { outcomes: FAILED } }),
  hungry('promises-in-one-turn', 'for (;;) void Promise.resolve().then(() => kept.length);'),
  hungry('timers-in-one-turn', 'for (;;) setTimeout(() => {}, 1e6);'),
  hungry('next-ticks-in-one-turn', 'for (;;) process.nextTick(() => {});'),
  hungry(
    'finalization-registry',
    'const r = new FinalizationRegistry(() => {}); for (;;) { const o = {}; kept.push(o); r.register(o, [1, 2]); }',
  ),
  hungry('vm-contexts', 'for (;;) kept.push(vm.createContext({}));'),
  hungry(
    'compiled-functions',
    "for (let i = 0; ; i += 1) kept.push(new Function('return ' + '1+'.repeat(500) + i)());",
    // To compile so many takes longer than the run may, on a machine that has something else to do.
    { expect: { outcomes: [...OUT_OF_MEMORY, ...TIMED_OUT] } },
  ),
  hungry('symbols', "for (let i = 0; ; i += 1) kept.push(Symbol.for('s' + i));"),
  hungry('async-loop', 'for (;;) { kept.push(new Array(1e5).fill(Math.random())); await null; }'),
  hungry('awaiting-turns', 'for (;;) { kept.push(new Array(1e6).fill(1)); await new Promise(setImmediate); }'),
  hungry('buffers-forever', 'for (;;) kept.push(Buffer.alloc(1 << 24, 1));'),
  hungry('buffer-of-3-gb', 'kept.push(Buffer.alloc(3e9, 1));'),
  hungry('typed-array-of-2-gb', 'kept.push(new Float64Array(2.5e8).fill(1)); await timers.setTimeout(2_000);'),
  hungry(
    'shared-buffer-of-1500-mb',
    'kept.push(new Uint8Array(new SharedArrayBuffer(1.5e9)).fill(1)); await timers.setTimeout(2_000);',
  ),
  hungry(
    'resizable-buffer',
    'const b = new ArrayBuffer(0, { maxByteLength: 3e9 }); for (let n = 1; n < 180; n += 1) { b.resize(n * 16e6); new Uint8Array(b).fill(1, (n - 1) * 16e6); await null; } kept.push(b); await timers.setTimeout(1_000);',
  ),
  hungry(
    'wasm-memory-of-1500-mb',
    'const m = new WebAssembly.Memory({ initial: 24_000 }); new Uint8Array(m.buffer).fill(1); kept.push(m); await timers.setTimeout(2_000);',
  ),
  hungry('zip-bomb', 'kept.push(zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1 << 30)), { maxOutputLength: 2 ** 31 }));'),
  hungry('endless-file', "kept.push(fs.readFileSync('/dev/zero'));"),
  hungry('endless-file-async', "kept.push(await fs.promises.readFile('/dev/zero'));"),
  hungry('deep-recursion', 'const f = (n) => f(n + 1) + 1; f(0);', { expect: { outcomes: FAILED } }),
  hungry('too-many-arguments', 'Math.max(...new Array(1e7).fill(1));', { expect: { outcomes: FAILED } }),
  hungry('invalid-join', "new Array(4294967295).join('x');", { expect: { outcomes: FAILED } }),
  // The multiplication of huge numbers may also take all of the time, or fail by the size that V8 allows.
  hungry('big-integers', 'let b = 3n; for (;;) b *= b;', { expect: { outcomes: [...OUT_OF_MEMORY, 'timed-out'] } }),
];
