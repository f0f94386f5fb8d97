/** Messages over the scheduler's own port, which a plugin takes from `this` of a method that it has replaced. */
import { runs } from '../plugin-text.ts';
import type { Scenario } from '../scenario.ts';

/** Waits until the thread has used its port, and then has it as `own`. */
const CAPTURE = `
const ports = new Set();
const post = MessagePort.prototype.postMessage;
MessagePort.prototype.postMessage = function (...given) { ports.add(this); return post.apply(this, given); };
ctx.log.info('speak');
ctx.progress(0.1);
void ctx.host.echo?.(1).catch(() => {});
await timers.setTimeout(20);
MessagePort.prototype.postMessage = post;
const taskId = ctx.runId;
const send = (...messages) => {
  for (const own of ports) for (const message of messages) { try { post.call(own, message); } catch {} }
};
`;

const FORGERIES: Readonly<Record<string, string>> = {
  null: 'send(null, undefined, 1, "x", [], {});',
  'unknown-kinds':
    "send({ kind: 'x' }, { kind: '__proto__', taskId }, { kind: 'constructor', taskId }, { kind: 5, taskId });",
  'a-line-of-nothing': "send({ kind: 'run.logged', taskId }, { kind: 'run.logged', taskId, line: null });",
  'a-line-of-wrong-types':
    "send({ kind: 'run.logged', taskId, line: { atMs: 'x', level: 'evil', message: {}, fields: 7 } });",
  'a-line-of-50-mb':
    "send({ kind: 'run.logged', taskId, line: { atMs: 1, level: 'info', message: 'x'.repeat(5e7) } });",
  'lines-without-end':
    "for (let i = 0; i < 1e5; i += 1) send({ kind: 'run.logged', taskId, line: { atMs: 1, level: 'info', message: 'x' } });",
  'progress-of-wrong-types':
    "send({ kind: 'run.progressed', taskId, fraction: 'x', note: {} }, { kind: 'run.progressed', taskId });",
  'started-twice':
    "send({ kind: 'run.started', taskId, atMonotonicMs: NaN }, { kind: 'run.started', taskId, atMonotonicMs: -1e300 });",
  'started-with-no-number': "send({ kind: 'run.started', taskId, atMonotonicMs: {}, threadCpuMs: 'x' });",
  'finished-too-early':
    "send({ kind: 'run.finished', taskId, atMonotonicMs: 0, sawAbort: false, droppedLogLines: 0 });",
  'finished-with-nothing': "send({ kind: 'run.finished', taskId });",
  'finished-with-wrong-types':
    "send({ kind: 'run.finished', taskId, atMonotonicMs: 'x', error: 5, cpuMs: {}, droppedLogLines: 'y' });",
  'finished-with-a-deep-error':
    "let cause = { name: 'E', message: 'm' }; for (let i = 0; i < 2_000; i += 1) cause = { name: 'E', message: 'm', cause }; send({ kind: 'run.finished', taskId, atMonotonicMs: 0, error: cause, droppedLogLines: 0 });",
  'finished-in-the-future':
    "send({ kind: 'run.finished', taskId, atMonotonicMs: 1e300, sawAbort: true, droppedLogLines: -5 });",
  'crashed-without-an-error': "send({ kind: 'task.crashed', taskId });",
  'a-declaration': "send({ kind: 'plugin.declared', taskId, declaration: null }, { kind: 'plugin.refused', taskId });",
  'a-left-error-of-another':
    "send({ kind: 'task.left-error', taskId: 'of another', error: null }, { kind: 'worker.faulted' });",
  'a-clean-up-without-a-list': "send({ kind: 'worker.cleaned' }, { kind: 'cleanup.failed', failures: 5 });",
  'a-call-of-no-function': "send({ kind: 'host.called', taskId, callId: {}, name: '__proto__', args: null });",
  'a-call-with-wrong-types':
    "send({ kind: 'host.called', taskId, callId: 'x', name: 5, args: 5 }, { kind: 'host.called', taskId });",
  'calls-with-one-id':
    "for (let i = 0; i < 5_000; i += 1) send({ kind: 'host.called', taskId, callId: 1, name: 'echo', args: [i] });",
  'a-huge-call': "send({ kind: 'host.called', taskId, callId: 7, name: 'echo', args: ['x'.repeat(2e7)] });",
  closed: 'for (const own of ports) own.close();',
  'with-a-listener': "for (const own of ports) own.on('message', () => { throw new Error('in the listener'); });",
};

export const CAPTURED_PORT: readonly Scenario[] = Object.entries(FORGERIES).map(([name, forgery]) => ({
  name,
  plugin: runs(`${CAPTURE} ${forgery} await timers.setTimeout(100);`),
  options: () => ({ hostFunctions: { echo: (value) => value } }),
  // What a thread says of its own run counts, so a run may end as it wishes; what it says of others must not.
  expect: { outcomes: 'any' },
}));
