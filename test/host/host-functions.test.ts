import { MessageChannel } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { answerHostCall, type HostFunction } from '../../src/host/host-functions.ts';
import type { ToSupervisor } from '../../src/supervisor/protocol.ts';

/** What a plugin's call of `f(2, 3)` is answered, over a real port. */
async function answerOf(f: HostFunction): Promise<ToSupervisor[]> {
  const { port1, port2 } = new MessageChannel();
  onTestFinished(() => {
    port1.close();
    port2.close();
  });
  const answers: ToSupervisor[] = [];
  await answerHostCall({ kind: 'host.called', callId: 7, name: 'f', args: [2, 3] }, new Map([['f', f]]), (answer) => {
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

  test('may have nothing as its result, also in a field', async () => {
    expect(await answerOf(() => undefined)).toMatchObject([{ kind: 'host.answered' }]);
    expect(await answerOf(() => ({ note: undefined }))).toMatchObject([{ kind: 'host.answered', value: {} }]);
  });
});
