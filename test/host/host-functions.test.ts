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

  test('fails when the result cannot cross threads', async () => {
    expect(await answerOf(() => () => {})).toMatchObject([{ kind: 'host.failed', error: { name: 'DataCloneError' } }]);
  });
});
