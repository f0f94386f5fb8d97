import { once } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { SupervisorDiedError, UnknownRunError } from '../../../src/errors.ts';
import { PortSource } from '../../../src/host/console/port-source.ts';
import type { FromOperator, OperatorEvent, ToOperator } from '../../../src/supervisor/operator-protocol.ts';
import { toWireFault } from '../../../src/wire/error-transfer.ts';

const AUDIT: OperatorEvent = {
  type: 'audit',
  event: { atMs: 1, nodeId: 'n', by: 'ada', action: 'pause', key: 'a/b' },
};
const WARNING: OperatorEvent = { type: 'warning', event: { code: 'c', message: 'm' } };

function newSource(): PortSource {
  const source = new PortSource();
  onTestFinished(() => source.close());
  return source;
}

/** A supervisor that answers every question with its name. */
function supervisor(name: string): { port: MessagePort; own: MessagePort; heard: FromOperator[] } {
  const { port1: own, port2: port } = new MessageChannel();
  const heard: FromOperator[] = [];
  own.on('message', (message: FromOperator) => {
    heard.push(message);
    if (message.kind !== 'request') return;
    const { id } = message;
    const answer: ToOperator =
      message.method === 'abort'
        ? { kind: 'refused', id, fault: toWireFault(new UnknownRunError('r')) }
        : { kind: 'answered', id, result: { runId: name } };
    own.postMessage(answer);
  });
  onTestFinished(() => own.close());
  return { port, own, heard };
}

describe('PortSource', () => {
  test('asks the supervisor at the other end, and rejects with its errors', async () => {
    const source = newSource();
    source.connect(supervisor('first').port);
    expect(await source.ask('trigger', { key: 'a/b', by: 'ada' })).toEqual({ runId: 'first' });
    await expect(source.ask('abort', { runId: 'r', by: 'ada' })).rejects.toThrow(UnknownRunError);
  });

  test('lets a question wait for a supervisor that is about to come', async () => {
    const source = newSource();
    const answer = source.ask('trigger', { key: 'a/b', by: 'ada' });
    source.connect(supervisor('late').port);
    expect(await answer).toEqual({ runId: 'late' });
  });

  test('does not let it wait for long', async () => {
    vi.useFakeTimers();
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const source = newSource();
    const answer = source.ask('live', null);
    const refused = expect(answer).rejects.toThrow(SupervisorDiedError);
    await vi.advanceTimersByTimeAsync(1_000);
    await refused;
    expect(vi.getTimerCount()).toBe(0);
  });

  test('rejects what a supervisor has not answered when it dies, and goes on listening with the next one', async () => {
    const source = newSource();
    const { port1: dying, port2 } = new MessageChannel();
    source.connect(port2);
    const events: OperatorEvent[] = [];
    const heard = Promise.withResolvers<void>();
    source.listen(['audit'], (batch) => {
      events.push(...batch);
      heard.resolve();
    });
    const unanswered = source.ask('live', null);
    dying.close();
    await expect(unanswered).rejects.toThrow(SupervisorDiedError);

    const next = supervisor('next');
    source.connect(next.port);
    await once(next.own, 'message');
    expect(next.heard).toEqual([{ kind: 'listen', topics: ['audit', 'dropped'] }]);
    next.own.postMessage({ kind: 'events', events: [AUDIT] } satisfies ToOperator);
    await heard.promise;
    expect(events).toEqual([AUDIT]);
  });

  test('gives each listener what it wants, and says that a batch was taken in', async () => {
    const source = newSource();
    const { port, own, heard } = supervisor('first');
    source.connect(port);
    const [audits, warnings]: [OperatorEvent[], OperatorEvent[]] = [[], []];
    const end = source.listen(['audit'], (batch) => audits.push(...batch));
    source.listen(['warning'], (batch) => warnings.push(...batch));
    own.postMessage({ kind: 'events', events: [WARNING, AUDIT] } satisfies ToOperator);
    end();
    await source.ask('live', null);
    own.postMessage({ kind: 'events', events: [AUDIT, WARNING] } satisfies ToOperator);
    await source.ask('live', null);

    expect(warnings).toEqual([WARNING, WARNING]);
    expect(audits).toEqual([]);
    expect(heard.filter(({ kind }) => kind === 'heard')).toHaveLength(2);
    expect(heard.filter(({ kind }) => kind === 'listen').at(-1)).toEqual({
      kind: 'listen',
      topics: ['warning', 'dropped'],
    });
  });

  test('answers nothing once it is closed', async () => {
    const source = newSource();
    source.connect(supervisor('first').port);
    source.close();
    await expect(source.ask('live', null)).rejects.toThrow(SupervisorDiedError);
    const { port, own } = supervisor('too late');
    source.connect(port);
    await once(own, 'close');
  });
});
