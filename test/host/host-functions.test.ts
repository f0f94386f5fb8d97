import { MessageChannel } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerHostCall, type HostFunction } from '../../src/host/host-functions.ts';
import type { ToSupervisor } from '../../src/supervisor/protocol.ts';

/** What a plugin's call of `f(2, 3)` is answered, over a real port. */
async function answerOf(f: HostFunction, own: { readonly limitMs?: number } = {}): Promise<ToSupervisor[]> {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  const answers: ToSupervisor[] = [];
  const call = { kind: 'host.called', callId: 7, name: 'f', args: [2, 3], ...own } as const;
  await answerHostCall(call, new Map([['f', f]]), (answer) => {
    port1.postMessage(answer);
    answers.push(answer);
  });
  return answers;
}

describe('a call of a host function', () => {
  test('is answered with the result, awaited', async () => {
    const add: HostFunction = async (a, b) => Number(a) + Number(b);
    expect(await answerOf(add)).toEqual([{ kind: 'host.answered', callId: 7, value: 5 }]);
  });

  test('fails with what the function threw', async () => {
    const [answer] = await answerOf(() => {
      throw new RangeError('not today');
    });
    expect(answer).toMatchObject({
      kind: 'host.failed',
      callId: 7,
      error: { name: 'RangeError', message: 'not today' },
    });
  });

  test.each<[unknown, string]>([
    [() => {}, 'it is a function'],
    [{ total: 5n }, 'total is a BigInt'],
    [{ rows: [new Map()] }, 'rows[0] is a Map'],
    ['x'.repeat(20_000_000), 'its text is longer than 16,777,216 characters'],
  ])('fails when the result is not JSON, and says where', async (result, problem) => {
    expect(await answerOf(() => result)).toMatchObject([
      {
        kind: 'host.failed',
        error: { name: 'TypeError', message: `The host function "f" must return JSON, but ${problem}.` },
      },
    ]);
  });

  test('fails when the function takes longer than it may', async () => {
    expect(await answerOf(() => new Promise(() => {}), { limitMs: 20 })).toMatchObject([
      { kind: 'host.failed', error: { message: 'no answer within 20 ms' } },
    ]);
  });

  test('is answered although the host was blocked for longer than the function may take', async () => {
    const blocked: HostFunction = async () => {
      // What is in flight needs a turn of the event loop, and the host has none to give.
      const answer = new Promise((resolve) => setImmediate(resolve, 'late'));
      queueMicrotask(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200));
      return answer;
    };
    expect(await answerOf(blocked, { limitMs: 100 })).toMatchObject([{ kind: 'host.answered', value: 'late' }]);
  });

  test('may have nothing as its result, also in a field', async () => {
    expect(await answerOf(() => undefined)).toMatchObject([{ kind: 'host.answered' }]);
    expect(await answerOf(() => ({ note: undefined }))).toMatchObject([{ kind: 'host.answered', value: {} }]);
  });
});
