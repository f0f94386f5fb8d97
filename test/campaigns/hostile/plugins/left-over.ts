/** What a run leaves behind when it has ended: timers, memory, sockets, servers, threads and processes. */
import { runs } from '../plugin-text.ts';
import { OUT_OF_MEMORY, type Scenario, SUCCEEDED } from '../scenario.ts';

const BUSY = 'const busy = (ms) => { const end = performance.now() + ms; while (performance.now() < end); };';

function left(name: string, body: string, changed: Partial<Scenario> = {}): Scenario {
  return { name, plugin: runs(body), expect: { outcomes: SUCCEEDED }, lingerMs: 1_500, ...changed };
}

/** Must be noticed: the thread is replaced, and the plugin named. */
const SOILED = { outcomes: SUCCEEDED, warns: 'thread-soiled' } as const;
/** Less than what the kept memory would add up to. */
const MAX_MB = 1_300;

const busyTimers: readonly Scenario[] = [
  left('endless-loop-in-a-timer', 'setTimeout(() => { for (;;); }, 50);', { expect: SOILED, lingerMs: 3_000 }),
  left('endless-loop-in-an-immediate', 'setImmediate(() => setImmediate(() => { for (;;); }));', {
    expect: { outcomes: 'any' },
    lingerMs: 3_000,
  }),
  left('endless-loop-in-two-threads', 'setTimeout(() => { for (;;); }, 20);', {
    expect: SOILED,
    times: 4,
    lingerMs: 3_000,
  }),
  left('endless-microtasks-in-a-timer', 'setTimeout(() => { const f = () => queueMicrotask(f); f(); }, 50);', {
    expect: SOILED,
    lingerMs: 3_000,
  }),
  left('wait-in-a-timer', 'setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0), 50);', {
    expect: SOILED,
    lingerMs: 3_000,
  }),
  left('busy-interval', `${BUSY} setInterval(() => busy(80), 100);`, { expect: SOILED, lingerMs: 3_000 }),
  left('busy-interval-in-two-threads', `${BUSY} setInterval(() => busy(60), 70);`, {
    expect: SOILED,
    times: 6,
    lingerMs: 3_000,
  }),
  left('busy-immediates', `${BUSY} const f = () => { busy(5); setImmediate(f); }; f();`, {
    expect: SOILED,
    lingerMs: 3_000,
  }),
  left('busy-promise-chain', `${BUSY} (async () => { for (;;) { busy(10); await timers.setTimeout(1); } })();`, {
    expect: SOILED,
    lingerMs: 3_000,
  }),
  left(
    'interval-that-collects-garbage',
    'setInterval(() => { for (let i = 0; i < 1e6; i += 1) kept[i % 100] = { i }; }, 10);',
    {
      expect: SOILED,
      lingerMs: 3_000,
    },
  ),
  left('timer-that-sleeps-in-a-child', "setTimeout(() => childProcess.spawnSync('sleep', ['300']), 50);", {
    containedBy: 'process',
    expect: { ...SOILED, leavesNoProcess: true },
    lingerMs: 3_000,
  }),
  left(
    'late-progress-and-logs',
    "setInterval(() => { ctx.progress(0.5, 'late'); ctx.log.info('late'); console.log('late'); }, 5);",
  ),
  left('late-host-calls', 'setInterval(() => ctx.host.echo(1).catch(() => {}), 5);', {
    options: () => ({ hostFunctions: { echo: (value) => value } }),
  }),
];

/** CPU time beside a run is not the run's: another plugin that only waits has to succeed within its CPU budget. */
const WAITER = runs('await timers.setTimeout(1_000);', { budget: { cpuMs: 300, wallMs: 5_000 } }).replace(
  "name: 'hostile'",
  "name: 'waiter'",
);

const blames: readonly Scenario[] = [
  left('busy-interval-beside-a-cpu-budget', `${BUSY} setInterval(() => busy(80), 100);`, {
    expect: SOILED,
    drive: async (bench) => {
      if (!(await bench.install())) return;
      for (let time = 0; time < 2; time += 1) await bench.run();
      if (!(await bench.install(WAITER))) return;
      for (let time = 0; time < 3; time += 1) {
        const outcome = await bench.run('waiter/h');
        if (outcome !== 'succeeded') bench.problem(`another plugin, which only waits, ended as ${outcome}`);
      }
    },
  }),
];

const memory: readonly Scenario[] = [
  left('forty-megabytes-in-each-of-45-runs', 'kept.push(Buffer.alloc(4e7, 1));', {
    times: 45,
    expect: { outcomes: ['succeeded', 'out-of-memory'], warns: 'thread-soiled', maxResidentMb: MAX_MB },
  }),
  left('heap-in-each-of-40-runs', 'kept.push(new Array(4e6).fill(0.5));', {
    times: 40,
    expect: { outcomes: ['succeeded', 'out-of-memory'], maxResidentMb: MAX_MB },
  }),
  left('global-cache-in-each-of-30-runs', "globalThis['cache' + ctx.runCount] = Buffer.alloc(5e7, 1);", {
    times: 30,
    expect: { outcomes: ['succeeded', 'out-of-memory'], maxResidentMb: MAX_MB },
  }),
  left('shared-buffer-kept', '', {
    plugin: runs('kept.push(new Uint8Array(new SharedArrayBuffer(1.5e9)).fill(1));', { budget: { wallMs: 20_000 } }),
    expect: { outcomes: OUT_OF_MEMORY },
    settleMs: 25_000,
  }),
  left('growing-in-an-interval', 'setInterval(() => kept.push(Buffer.alloc(2e7, 1)), 20);', {
    expect: { ...SOILED, maxResidentMb: 2_000 },
    lingerMs: 3_000,
  }),
  left('growing-heap-in-an-interval', 'setInterval(() => kept.push(new Array(1e6).fill(Math.random())), 20);', {
    expect: { ...SOILED, maxResidentMb: 2_000 },
    lingerMs: 3_000,
  }),
  left('external-strings', "kept.push(Buffer.alloc(5e7, 97).toString('latin1'));", {
    times: 30,
    expect: { outcomes: ['succeeded', 'out-of-memory'], maxResidentMb: MAX_MB },
  }),
];

const handles: readonly Scenario[] = [
  left('idle-interval', 'setInterval(() => {}, 20);', { times: 3 }),
  left('a-hundred-thousand-timers', 'for (let i = 0; i < 1e5; i += 1) setTimeout(() => {}, 60_000);'),
  left('listening-server', "net.createServer().listen(0, '127.0.0.1');", { times: 3 }),
  left('http-server', "http.createServer((_, answer) => answer.end()).listen(0, '127.0.0.1');"),
  left(
    'open-socket',
    "const s = net.createServer((c) => c.resume()).listen(0, '127.0.0.1', () => net.connect(s.address().port, '127.0.0.1'));",
  ),
  left('two-hundred-files', "for (let i = 0; i < 200; i += 1) fs.openSync('/dev/null', 'r');"),
  left('file-watcher', "fs.watch(os.tmpdir(), () => {}); fs.watchFile('/dev/null', () => {});"),
  left(
    'message-ports',
    "for (let i = 0; i < 1_000; i += 1) { const c = new MessageChannel(); c.port1.on('message', () => {}); kept.push(c); }",
  ),
  left('child-process', "childProcess.spawn('sleep', ['60'], { stdio: 'ignore' });"),
  left('detached-child-process', "childProcess.spawn('sleep', ['60'], { detached: true, stdio: 'ignore' }).unref();"),
  left(
    'twenty-child-processes',
    "for (let i = 0; i < 20; i += 1) childProcess.spawn('sleep', ['60'], { stdio: 'ignore' });",
  ),
  left('nested-thread', "new worker.Worker('setInterval(() => {}, 1000)', { eval: true });"),
  left('busy-nested-thread', "new worker.Worker('for (;;);', { eval: true });", { lingerMs: 3_000 }),
  left(
    'nested-thread-in-each-of-8-runs',
    "new worker.Worker('setInterval(() => {}, 1000)', { eval: true }); await timers.setTimeout(20);",
    { times: 8 },
  ),
  left(
    'signal-handlers',
    "process.on('SIGTERM', () => {}); process.on('SIGINT', () => {}); process.on('exit', () => { for (;;); });",
    { expect: { outcomes: 'any' } },
  ),
  left('abort-listener-kept', "ctx.signal.addEventListener('abort', () => { for (;;); }); kept.push(ctx);"),
  left('floating-work', 'void (async () => { for (let i = 0; i < 1e4; i += 1) await fs.promises.stat("/"); })();'),
];

export const LEFT_OVER: readonly Scenario[] = [...busyTimers, ...blames, ...memory, ...handles];
