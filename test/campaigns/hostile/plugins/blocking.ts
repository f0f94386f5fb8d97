/** Runs that never give their thread back by themselves. */
import { execFileSync } from 'node:child_process';
import { runs } from '../plugin-text.ts';
import { type Scenario, TIMED_OUT } from '../scenario.ts';

function blocks(name: string, body: string, changed: Partial<Scenario> = {}): Scenario {
  return { name, plugin: runs(body), expect: { outcomes: TIMED_OUT }, ...changed };
}

/** A system call cannot be interrupted, and the process shares libuv's threads, so only a process can be ended. */
const byProcess = { containedBy: 'process', expect: { outcomes: TIMED_OUT, leavesNoProcess: true } } as const;

/** A pipe without a writer, and a host that still has to read its files. */
const withPipe: Pick<Scenario, 'options' | 'drive' | 'containedBy'> = {
  containedBy: 'process',
  options: ({ folder }) => {
    execFileSync('mkfifo', [`${folder}/pipe`]);
    return { pool: { env: { ...(process.env as Record<string, string>), PIPE: `${folder}/pipe` } } };
  },
};
const PIPE = "process.env['PIPE']";

export const BLOCKING: readonly Scenario[] = [
  blocks('endless-loop', 'for (;;);'),
  blocks('endless-loop-that-catches', 'for (;;) { try { for (;;) { JSON.parse("x"); } } catch {} }'),
  blocks('endless-loop-in-finally', 'try { for (;;); } finally { for (;;); }'),
  blocks('endless-await', 'await new Promise(() => {});'),
  blocks('endless-microtasks', 'await new Promise(() => { const f = () => queueMicrotask(f); f(); });'),
  blocks('endless-next-ticks', 'await new Promise(() => { const f = () => process.nextTick(f); f(); });'),
  blocks('endless-immediates', 'await new Promise(() => { const f = () => setImmediate(f); f(); });'),
  blocks('endless-async-loop', 'for (;;) await null;'),
  blocks('endless-generator', 'const g = (function* () { for (;;) yield 1; })(); for (const _ of g);'),
  blocks('atomics-wait', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);'),
  blocks('atomics-wait-async', 'await Atomics.waitAsync(new Int32Array(new SharedArrayBuffer(4)), 0, 0).value;'),
  blocks('catastrophic-regexp', "/^(a+)+$/.test('a'.repeat(40) + 'b');"),
  blocks(
    'abort-listener-that-loops',
    "ctx.signal.addEventListener('abort', () => { for (;;); }); await new Promise(() => {});",
  ),
  blocks(
    'abort-listener-that-throws',
    "ctx.signal.addEventListener('abort', () => { throw new Error('on abort'); }); await new Promise(() => {});",
    {
      expect: { outcomes: ['timed-out', 'crashed'] },
    },
  ),
  blocks(
    'signal-that-cannot-abort',
    'ctx.signal.dispatchEvent = () => {}; Object.freeze(ctx.signal); for (;;) await null;',
  ),
  blocks('synchronous-scrypt', "for (;;) crypto.scryptSync('x', 'y', 64, { N: 2 ** 15, maxmem: 2 ** 30 });"),
  blocks('vm-without-a-limit', "vm.runInNewContext('for (;;);');"),
  blocks(
    'wasm-loop',
    'new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,8,1,0,10,9,1,7,0,3,64,12,0,11,11])));',
  ),
  blocks(
    'proxy-loop',
    'const p = new Proxy({}, { has: () => true, get: () => p }); with_loop: for (;;) { if (!(1 in p)) break with_loop; }',
  ),
  // V8 does not look for interruptions inside of this builtin.
  blocks(
    'search-in-four-billion-holes',
    "const a = new Array(4294967295); a[4294967294] = 1; for (;;) a.indexOf('x');",
    {
      containedBy: 'process',
    },
  ),
  blocks('sleep-in-a-child', "childProcess.spawnSync('sleep', ['300']);", byProcess),
  blocks(
    'shell-that-waits',
    "childProcess.execSync('read line < /dev/tty || sleep 300', { stdio: 'ignore' });",
    byProcess,
  ),
  blocks(
    'child-that-ignores-signals',
    "childProcess.spawnSync('sh', ['-c', 'trap \"\" TERM INT HUP; sleep 300']);",
    byProcess,
  ),
  blocks('read-of-a-pipe', `fs.readFileSync(${PIPE});`, withPipe),
  blocks(
    'four-asynchronous-reads-of-a-pipe',
    `await Promise.all([1, 2, 3, 4].map(() => fs.promises.readFile(${PIPE})));`,
    {
      ...withPipe,
      drive: async (bench) => {
        if (!(await bench.install())) return;
        const ended = bench.run();
        const { readFile } = await import('node:fs/promises');
        const own = readFile(new URL(import.meta.url)).then(() => 'read');
        const late = new Promise((resolve) => setTimeout(() => resolve('late'), 1_500).unref());
        if ((await Promise.race([own, late])) !== 'read')
          bench.problem("the host's own file was not read within 1.5 s");
        await ended;
      },
    },
  ),
  blocks(
    'forty-key-derivations',
    "await Promise.all(Array.from({ length: 40 }, () => new Promise((r) => crypto.pbkdf2('x', 'y', 3e6, 64, 'sha512', r))));",
    {
      containedBy: 'process',
      drive: async (bench) => {
        if (!(await bench.install())) return;
        const ended = bench.run();
        await bench.linger(500);
        const { stat } = await import('node:fs/promises');
        const late = new Promise((resolve) => setTimeout(() => resolve(null), 1_500).unref());
        if ((await Promise.race([stat(bench.folder), late])) === null)
          bench.problem("the host's own stat waits for it");
        await ended;
      },
    },
  ),
  blocks(
    'slow-look-ups',
    "await Promise.all(Array.from({ length: 200 }, () => dns.promises.lookup('localhost'))); await new Promise(() => {});",
  ),
];
