import { describe, expect, test } from 'vitest';
import type { JsonValue, PluginHost } from '../../../src/plugin.ts';
import { RunAbort } from '../../../src/workers/context/aborts.ts';
import { HostCalls } from '../../../src/workers/context/host-calls.ts';
import type { SupervisorPort } from '../../../src/workers/ports/supervisor-port.ts';
import type { FromPoolWorker } from '../../../src/workers/protocol.ts';

const task = { taskId: 'run', hostFunctions: ['add'], maxMessageBytes: 1_000_000 };

type Sent = Extract<FromPoolWorker, { kind: 'host.called' }>;

/** Host calls over a port that only notes what is sent; like a real one it refuses what is not data. */
function open(): { readonly hostCalls: HostCalls; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const post = (message: FromPoolWorker): void => void sent.push(structuredClone(message) as Sent);
  return { hostCalls: new HostCalls({ post } as SupervisorPort), sent };
}

describe('calls of host functions', () => {
  test('offer the names of the task, and send name and arguments', () => {
    const { hostCalls, sent } = open();
    const host = hostCalls.open(task);

    void host['add']?.(2, 3);

    expect(Object.keys(host)).toEqual(['add', 'kv', 'fetch', 'metric']);
    expect(sent).toEqual([{ kind: 'host.called', taskId: 'run', callId: 1, name: 'add', args: [2, 3] }]);
  });

  test('have no names but those of the task and the built-in ones', () => {
    const host = open().hostCalls.open(task);

    expect(host['constructor']).toBeUndefined();
    expect(host['toString']).toBeUndefined();
    expect(Object.getPrototypeOf(host)).toBeNull();
  });

  test.each([
    ['kv.get', (host: PluginHost) => host.kv.get('k', { namespace: Symbol('x') } as never)],
    ['kv.set', (host: PluginHost) => host.kv.set('k', Symbol('x') as never)],
    ['kv.delete', (host: PluginHost) => host.kv.delete('k', { namespace: Symbol('x') } as never)],
    ['kv.list', (host: PluginHost) => host.kv.list('', { limit: Symbol('x') } as never)],
    ['fetch', (host: PluginHost) => host.fetch(Symbol('x') as never)],
    ['metric', (host: PluginHost) => host.metric('m', Symbol('x') as never)],
  ])('reject and do not throw, whatever the arguments are: %s', async (_, call) => {
    const called = call(open().hostCalls.open(task));

    await expect(called).rejects.toThrow();
  });

  test('take null for options that are left out', () => {
    const { hostCalls, sent } = open();
    const { kv } = hostCalls.open(task);

    void kv.list('', null as never);
    void kv.get('k', null as never);

    expect(sent.map(({ args }) => args)).toEqual([
      [null, '', null, null],
      [null, 'k'],
    ]);
  });

  test('resolve to the value and reject with the error of their answer', async () => {
    const { hostCalls } = open();
    const { add } = hostCalls.open(task);
    const resolved = expect(add?.(1)).resolves.toBe(5);
    const rejected = expect(add?.(2)).rejects.toMatchObject({ name: 'RangeError', message: 'not today' });

    hostCalls.answer({
      kind: 'host.answered',
      taskId: 'run',
      callId: 2,
      error: { name: 'RangeError', message: 'not today' },
    });
    hostCalls.answer({ kind: 'host.answered', taskId: 'run', callId: 1, value: 5 });

    await Promise.all([resolved, rejected]);
  });

  test.each([
    ['a function', () => {}, 'it is a function'],
    ['a view of a buffer', new Uint8Array(2_000_000).subarray(0, 1), 'it is binary data'],
    ['an integer of any size', 5n, 'it is a BigInt'],
    ['an expression in a list', [/x/], '[0] is a RegExp'],
    ['an error', { error: new Error('x') }, 'error is an Error'],
    ['a text in an object', Object('text'), 'it is an object of the class String'],
    ['a number that JSON does not have', [Number.NaN], '[0] is NaN, which is not a JSON number'],
  ])('reject when an argument is not JSON: %s', async (_, argument, problem) => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open(task);

    await expect(add?.(1, argument as never)).rejects.toMatchObject({
      name: 'HostCallError',
      code: 'ERR_ESCAPEMENT_CALL_INVALID',
      message: `add: an argument must be JSON, but ${problem}.`,
    });

    expect(sent).toEqual([]);
  });

  test('send nothing but the JSON of their arguments, and an argument that is left out as it is', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open(task);
    const match = /l+/.exec('hello') as unknown as JsonValue;

    void add?.(match, undefined as never, { gone: undefined as never, kept: 1 });

    expect(Object.keys(match as object)).toContain('input');
    expect(sent[0]?.args).toStrictEqual([['ll'], undefined, { kept: 1 }]);
  });

  test('reject beyond a thousand that wait, until some are answered', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open(task);
    const first = add?.(0);
    for (let count = 1; count < 1_000; count += 1) void add?.(count);

    await expect(add?.(1_000)).rejects.toThrow('ctx.host.add: 1000 calls already wait for an answer');
    hostCalls.answer({ kind: 'host.answered', taskId: 'run', callId: 1, value: null });
    await first;
    void add?.(1_001);

    expect(sent).toHaveLength(1_001);
  });

  test('reject when their arguments are longer than a message may be, and send nothing', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open({ ...task, maxMessageBytes: 1_000 });
    const circular: unknown[] = [];
    circular.push(circular, circular);

    await expect(add?.('x'.repeat(1_001))).rejects.toThrow('take more than 1000 bytes');
    await expect(add?.(circular as never)).rejects.toThrow('take more than 1000 bytes');

    expect(sent).toEqual([]);
  });

  test('reject when those that wait are too long together', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open({ ...task, maxMessageBytes: 1_000 });
    for (let count = 0; count < 16; count += 1) void add?.('x'.repeat(970));

    await expect(add?.('x'.repeat(970))).rejects.toThrow('16 calls already wait');

    expect(sent).toHaveLength(16);
  });

  test('end with their run: later calls are refused, and answers to earlier ones reach no other run', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.open(task);
    void add?.(1);
    hostCalls.close();
    const next = hostCalls.open({ ...task, taskId: 'next' });
    const answered = next['add']?.(2);

    hostCalls.answer({ kind: 'host.answered', taskId: 'run', callId: 1, value: 'for the first' });
    hostCalls.answer({ kind: 'host.answered', taskId: 'next', callId: 1, value: 'for the next' });

    await expect(answered).resolves.toBe('for the next');
    await expect(add?.(3)).rejects.toThrow('the run has ended');
    expect(sent).toHaveLength(2);
  });
});

describe('calls of host functions that block', () => {
  const abort = new RunAbort();
  /** A port on which this happens while the thread waits. */
  function waiting(happen: (hostCalls: HostCalls) => void): HostCalls {
    const waitUntil = (isDone: () => boolean): void => {
      expect(isDone()).toBe(false);
      happen(hostCalls);
      expect(isDone()).toBe(true);
    };
    const hostCalls: HostCalls = new HostCalls({ post: () => {}, waitUntil } as unknown as SupervisorPort);
    return hostCalls;
  }

  test('return the value, and throw the error of their answer', () => {
    const answers = [
      { callId: 1, value: 5 },
      { callId: 2, error: { name: 'RangeError', message: 'not today' } },
    ];
    const hostCalls = waiting((calls) => {
      const [next] = answers.splice(0, 1);
      if (next !== undefined) calls.answer({ kind: 'host.answered', taskId: 'run', ...next });
    });
    hostCalls.open(task);

    expect(hostCalls.callSync('add', [1], abort)).toBe(5);
    expect(() => hostCalls.callSync('add', [2], abort)).toThrow('not today');
  });

  test('end with an abort, before and while they wait', () => {
    const aborted = new RunAbort();
    const hostCalls = waiting(() => aborted.abort('wall-budget'));
    hostCalls.open(task);

    expect(() => hostCalls.callSync('add', [], aborted)).toThrow('wall-budget');
    expect(() => hostCalls.callSync('add', [], aborted)).toThrow('wall-budget');
  });

  test('are refused without a run, and beyond the size of a call', () => {
    const hostCalls = waiting(() => {});

    expect(() => hostCalls.callSync('add', [], abort)).toThrow('the run has ended');
    hostCalls.open(task);
    expect(() => hostCalls.callSync('add', ['x'.repeat(1_000_001)], abort)).toThrow(/take more than 1000000 bytes/);
  });
});
