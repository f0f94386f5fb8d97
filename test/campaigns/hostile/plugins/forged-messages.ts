/** Messages that no pool thread or process sends, over every channel that a plugin can reach by itself. */
import { moduleOf, runs } from '../plugin-text.ts';
import { type Scenario, SUCCEEDED } from '../scenario.ts';

/** Posted by the plugin on the port that its thread was started with. The run itself has done nothing wrong. */
const OVER_PARENT_PORT: Readonly<Record<string, string>> = {
  'progress-of-another-library': '{ threadId, progress: 0.5 }',
  null: 'null',
  undefined: 'undefined',
  'a-string': "'ready'",
  'a-number': '1e308',
  'a-big-integer': '10n',
  'an-empty-object': '{}',
  'an-array': '[1, 2, 3]',
  'an-error': "new Error('forged')",
  'a-map': "new Map([['kind', 'thread.hello']])",
  'a-shared-buffer': 'new SharedArrayBuffer(64)',
  'a-hello-without-a-port': "{ kind: 'thread.hello', threadId }",
  'a-hello-with-a-false-port': "{ kind: 'thread.hello', threadId, port: { on: 1, unref: 2 } }",
  'a-hello-for-another-thread': "{ kind: 'thread.hello', threadId: threadId + 1, port: null }",
  'a-hello-for-no-thread': "{ kind: 'thread.hello', threadId: -1, port: 'x' }",
  'a-pool-ready': '{ ready: true, message: 1 }',
  'a-pool-result': '{ taskId: 1, result: null, error: null, usedMemory: 0 }',
  'a-pool-result-of-no-task': '{ taskId: 999_999, result: 1, error: new Error() }',
  'a-finished-run': "{ kind: 'run.finished', taskId: ctx.runId, atMonotonicMs: 0, sawAbort: false }",
  'deep-nesting': '(() => { let deep = {}; for (let i = 0; i < 5_000; i += 1) deep = { deep }; return deep; })()',
  'polluting-keys': 'JSON.parse(\'{"__proto__": { "kind": "x" }, "constructor": { "prototype": 1 }}\')',
  'a-hundred-megabytes': 'Buffer.alloc(1e8, 1)',
};

const posted: readonly Scenario[] = Object.entries(OVER_PARENT_PORT).map(([name, message]) => ({
  name: `parent-port-${name}`,
  plugin: runs(`post(${message}); await timers.setTimeout(50);`),
  // A hello that names this thread, or a result of its task, may cost the run its thread, but not more.
  expect: { outcomes: /hello|pool|finished/.test(name) ? 'any' : SUCCEEDED, warns: 'message-refused' },
}));

const NEARLY_RIGHT = `
const oneOf = (list) => list[Math.floor(random() * list.length)];
const value = (depth = 3) => oneOf([
  () => null, () => undefined, () => NaN, () => -1, () => 1e308, () => 'x', () => '', () => ctx.runId, () => threadId,
  () => true, () => new Date(NaN), () => new SharedArrayBuffer(8), () => [], () => new Error('x'),
  () => (depth > 0 ? { taskId: value(depth - 1), kind: value(depth - 1) } : {}),
])();
const message = () => {
  const made = {};
  for (const key of ['kind', 'taskId', 'threadId', 'port', 'ready', 'result', 'error', 'line', 'errors', 'callId']) {
    if (random() < 0.5) made[key] = value();
  }
  if (random() < 0.7) made.kind = oneOf(['thread.hello', 'run.finished', 'task.crashed', 'host.called', 'run.logged']);
  return random() < 0.1 ? value() : made;
};`;

/** A generator that gives the same numbers for the same seed, in the text of a plugin. */
const RANDOM = `
let state = seed >>> 0;
const random = () => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};`;

/** A plugin that knows the seed of the campaign. */
function seeded(body: string): string {
  return moduleOf(`export default ({ options: { seed } }) => {
    ${RANDOM}
    return {
      name: 'hostile',
      schedules: () => [{ id: 'h', cron: '1d', enabled: false }],
      async run(ctx) { ${NEARLY_RIGHT} ${body} },
    };
  };`);
}

const others: readonly Scenario[] = [
  {
    name: 'parent-port-six-runs',
    plugin: runs('post({ threadId, progress: 0.5 });'),
    times: 6,
    expect: { outcomes: SUCCEEDED, warns: 'message-refused' },
  },
  {
    name: 'parent-port-random',
    plugin: seeded('for (let i = 0; i < 2_000; i += 1) post(message()); await timers.setTimeout(200);'),
    expect: { outcomes: 'any', warns: 'message-refused' },
  },
  {
    name: 'parent-port-flood',
    plugin: runs('for (let i = 0; i < 200_000; i += 1) post({ i });'),
    expect: { outcomes: 'any', warns: 'message-refused' },
  },
  {
    name: 'parent-port-with-a-port-for-each',
    plugin: runs(`for (let i = 0; i < 500; i += 1) {
      const { port1 } = new MessageChannel();
      post({ kind: 'thread.hello', threadId, port: port1 }, [port1]);
    }`),
    expect: { outcomes: 'any', warns: 'message-refused' },
  },
  { name: 'parent-port-closed', plugin: runs('parentPort.close();'), expect: { outcomes: 'any' }, times: 3 },
  { name: 'parent-port-deaf', plugin: runs('parentPort.removeAllListeners();'), expect: { outcomes: 'any' }, times: 3 },
  { name: 'parent-port-unreferenced', plugin: runs('parentPort.unref();'), expect: { outcomes: 'any' }, times: 3 },
  {
    name: 'parent-port-task-of-its-own',
    plugin: runs(
      "parentPort.emit('message', { taskId: 1, task: { kind: 'run', taskId: 'x' }, filename: 'x', name: 'y' });",
    ),
    expect: { outcomes: 'any' },
  },
  {
    name: 'parent-port-replaced',
    plugin: runs("(parentPort ?? process).postMessage = () => { throw new Error('replaced'); };"),
    expect: { outcomes: 'any' },
    times: 3,
  },
  {
    name: 'internal-ports',
    plugin: runs(`for (const handle of [...process._getActiveHandles(), ...process._getActiveRequests()]) {
      try { handle.postMessage?.({ type: 'forged', error: {} }); handle.postMessage?.(null); } catch {}
    }
    for (const key of [...Object.getOwnPropertySymbols(process), ...Object.getOwnPropertySymbols(parentPort ?? {})]) {
      try { (process[key] ?? parentPort?.[key])?.postMessage?.({ type: 'forged' }); } catch {}
    }
    await timers.setTimeout(100);`),
    expect: { outcomes: 'any' },
  },
  {
    name: 'to-the-other-threads',
    plugin: runs(`for (let id = 0; id < 12; id += 1) {
      if (id !== threadId) await worker.postMessageToThread(id, { kind: 'request', method: 'stop' }).catch(() => {});
    }`),
    expect: { outcomes: 'any' },
  },
  {
    name: 'broadcast-flood',
    plugin: runs(
      "const c = new BroadcastChannel('x'); for (let i = 0; i < 50_000; i += 1) c.postMessage({ i }); c.close();",
    ),
    expect: { outcomes: 'any' },
  },
  {
    name: 'events-of-the-process',
    plugin: runs(
      "process.emit('message', { kind: 'stop' }); process.emit('workerMessage', 1); process.emit('exit', 0);",
    ),
    expect: { outcomes: 'any' },
  },
  {
    name: 'environment-data',
    plugin: runs(
      "worker.setEnvironmentData('x', { a: Buffer.alloc(1e6) }); worker.markAsUntransferable(workerData ?? {});",
    ),
    expect: { outcomes: SUCCEEDED },
  },
];

/** A process has one channel, on which such a message may end it: it is not known where the next one begins. */
export const FORGED_MESSAGES: readonly Scenario[] = [...posted, ...others].map((scenario) => ({
  ...scenario,
  expectInProcess: { outcomes: 'any' },
}));
