import { describe, expect, test } from 'vitest';
import { HostCalls } from '../../../src/workers/context/host-calls.ts';
import type { SupervisorPort } from '../../../src/workers/ports/supervisor-port.ts';
import type { FromPoolWorker } from '../../../src/workers/protocol.ts';

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
    const host = hostCalls.functions('run', ['add']);

    void host['add']?.(2, 3);

    expect(Object.keys(host)).toEqual(['add']);
    expect(sent).toEqual([{ kind: 'host.called', taskId: 'run', callId: 1, name: 'add', args: [2, 3] }]);
  });

  test('resolve to the value and reject with the error of their answer', async () => {
    const { hostCalls } = open();
    const { add } = hostCalls.functions('run', ['add']);
    const resolved = expect(add?.(1)).resolves.toBe(5);
    const rejected = expect(add?.(2)).rejects.toMatchObject({ name: 'RangeError', message: 'not today' });

    hostCalls.answer({ kind: 'host.answered', callId: 2, error: { name: 'RangeError', message: 'not today' } });
    hostCalls.answer({ kind: 'host.answered', callId: 1, value: 5 });

    await Promise.all([resolved, rejected]);
  });

  test('reject when an argument is not data', async () => {
    const { add } = open().hostCalls.functions('run', ['add']);
    await expect(add?.((() => {}) as never)).rejects.toMatchObject({ name: 'DataCloneError' });
  });

  test('reject beyond a thousand that wait, until some are answered', async () => {
    const { hostCalls, sent } = open();
    const { add } = hostCalls.functions('run', ['add']);
    const first = add?.(0);
    for (let count = 1; count < 1_000; count += 1) void add?.(count);

    await expect(add?.(1_000)).rejects.toThrow('ctx.host.add: 1000 calls already wait for an answer');
    hostCalls.answer({ kind: 'host.answered', callId: 1, value: null });
    await first;
    void add?.(1_001);

    expect(sent).toHaveLength(1_001);
  });
});
