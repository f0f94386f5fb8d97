import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import {
  DROPPED_AT_ONCE,
  MAX_QUESTIONS,
  MAX_UNHEARD,
  MAX_WAITING,
} from '../../../src/supervisor/linking/operator-link.ts';
import { OperatorLinks } from '../../../src/supervisor/linking/operator-links.ts';
import type { FromOperator, OperatorEvent, ToOperator } from '../../../src/supervisor/operator-protocol.ts';
import { fromWireFault } from '../../../src/wire/error-transfer.ts';

type Answer = (method: unknown, params: unknown) => Promise<never>;

/** The links of a node, and one operator at the other end of the first. Timers ring when the test says so. */
function linked(answer: Answer = async () => null as never) {
  const dropped: unknown[] = [];
  let due: (() => void)[] = [];
  const links = new OperatorLinks({
    answer,
    sleep: (_delayMs, callback) => due.push(callback),
    dropped: (error) => dropped.push(error),
  });
  const { port1, port2 } = new MessageChannel();
  links.open(port1);
  onTestFinished(() => port2.close());
  return {
    links,
    dropped,
    port: port2,
    say: (message: FromOperator) => port2.postMessage(message),
    /** Everything that was said before has been handled when this resolves. */
    settled: async () => {
      port2.postMessage({ kind: 'request', id: -1, method: 'live', params: null });
      await messageOf(port2, (message) => message.kind !== 'events' && message.id === -1);
    },
    ring: () => {
      const now = due;
      due = [];
      for (const callback of now) callback();
      return now.length;
    },
  };
}

async function messageOf(port: MessagePort, fits: (message: ToOperator) => boolean): Promise<ToOperator> {
  for (;;) {
    const [message] = (await once(port, 'message')) as [ToOperator];
    if (fits(message)) return message;
  }
}

function progress(n: number): Extract<OperatorEvent, { type: 'progress' }> {
  return { type: 'progress', event: { runId: `r${n}`, key: 'a/b', fraction: 0.5 } };
}

describe('OperatorLink', () => {
  test('answers a question, and refuses one with an error of the same class', async () => {
    const { port, say } = linked(async (method, params) => {
      if (method === 'page') throw new InvalidOptionError('limit', 'it must be a number');
      return params as never;
    });
    say({ kind: 'request', id: 1, method: 'schedule', params: { key: 'a/b' } });
    expect(await messageOf(port, () => true)).toEqual({ kind: 'answered', id: 1, result: { key: 'a/b' } });

    say({ kind: 'request', id: 2, method: 'page', params: {} });
    const refused = (await messageOf(port, () => true)) as Extract<ToOperator, { kind: 'refused' }>;
    expect(refused).toMatchObject({ kind: 'refused', id: 2 });
    expect(fromWireFault(refused.fault)).toBeInstanceOf(InvalidOptionError);
  });

  test('tells what is listened to, together, and nothing else', async () => {
    const { links, port, say, settled, ring } = linked();
    expect(links.isHeard('progress')).toBe(false);
    say({ kind: 'listen', topics: ['progress'] });
    await settled();
    expect([links.isHeard('progress'), links.isHeard('log')]).toEqual([true, false]);

    links.passOn(progress(1));
    links.passOn({ type: 'warning', event: { code: 'c', message: 'm' } });
    links.passOn(progress(2));
    expect(ring()).toBe(1);
    expect(await messageOf(port, () => true)).toEqual({ kind: 'events', events: [progress(1), progress(2)] });

    say({ kind: 'listen', topics: [] });
    await settled();
    expect(links.isHeard('progress')).toBe(false);
  });

  test('sends no more to somebody who takes nothing in, and drops the oldest of what waits', async () => {
    const { links, port, say, settled, ring } = linked();
    say({ kind: 'listen', topics: ['progress', 'dropped'] });
    await settled();
    for (let batch = 0; batch < MAX_UNHEARD; batch += 1) {
      links.tell(progress(batch));
      expect(ring()).toBe(1);
    }
    for (let n = 0; n <= MAX_WAITING; n += 1) links.tell(progress(n));
    expect(ring()).toBe(0);

    say({ kind: 'heard' });
    await settled();
    expect(ring()).toBe(1);
    const last = await messageOf(port, (message) => message.kind === 'events' && message.events.length > 1);
    const { events } = last as Extract<ToOperator, { kind: 'events' }>;
    expect(events[0]).toEqual({ type: 'dropped', event: { count: DROPPED_AT_ONCE } });
    expect(events[1]).toEqual(progress(DROPPED_AT_ONCE));
    expect(events.at(-1)).toEqual(progress(MAX_WAITING));
  });

  test('forgets somebody who has gone', async () => {
    const { links, port, say, settled } = linked();
    say({ kind: 'listen', topics: ['run'] });
    await settled();
    const other = new MessageChannel();
    links.open(other.port1);
    port.close();
    other.port2.postMessage({ kind: 'request', id: 1, method: 'live', params: null });
    await once(other.port2, 'message');
    other.port2.close();
    await once(other.port1, 'close');
    expect(links.isHeard('run')).toBe(false);
  });

  test('refuses questions beyond a number that wait', async () => {
    const waiting = Promise.withResolvers<never>();
    const { port, say } = linked(() => waiting.promise);
    for (let id = 1; id <= MAX_QUESTIONS + 1; id += 1) say({ kind: 'request', id, method: 'live', params: null });
    expect(await messageOf(port, () => true)).toMatchObject({ kind: 'refused', id: MAX_QUESTIONS + 1 });
    waiting.resolve(null as never);
  });

  test.each([
    null,
    7,
    {},
    { kind: 'nonsense' },
    { kind: 'request', id: 'x' },
    { kind: 'listen' },
    { kind: 'listen', topics: 7 },
  ])('drops a message that makes no sense: %j', async (message) => {
    const { port, dropped, settled } = linked();
    port.postMessage(message);
    await settled();
    expect(dropped).toHaveLength(1);
  });
});
