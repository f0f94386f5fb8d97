import { describe, expect, test } from 'vitest';
import { receive } from '../../../src/host/hearing/inbox.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import { Questions } from '../../../src/wire/questions.ts';

const progress = (fraction: number): SupervisorEvent => ({
  type: 'progress',
  event: { runId: 'r', key: 'p/s', fraction },
});

/** An inbox that writes down, in order, what happens to its messages. */
function open(heard: (event: SupervisorEvent) => void = () => {}) {
  const steps: string[] = [];
  const questions = new Questions();
  const parts = {
    questions,
    replica: { apply: ({ type }: SupervisorEvent) => void steps.push(`kept ${type}`) },
    heard: (event: SupervisorEvent) => {
      steps.push(`heard ${event.type}`);
      heard(event);
    },
    called: () => void steps.push('called'),
    dropped: (error: unknown) => void steps.push(`dropped: ${(error as Error).message}`),
  };
  return { steps, questions, receive: (message: unknown) => receive(message, parts) };
}

describe('a message of the supervisor thread', () => {
  test('is kept whole before anybody hears of it, and an exception costs nothing else', () => {
    const inbox = open(() => {
      throw new Error('loud');
    });
    inbox.receive({
      kind: 'events',
      events: { rows: null, others: [progress(0.1), { type: 'stopping', event: { graceMs: 1 } }] },
    });
    expect(inbox.steps).toEqual([
      'kept progress',
      'kept stopping',
      'heard progress',
      'dropped: loud',
      'heard stopping',
      'dropped: loud',
    ]);
  });

  test.each([
    [undefined],
    [null],
    [5],
    [{}],
    [{ kind: '__proto__' }],
    [{ kind: 'events' }],
    [{ kind: 'events', events: { rows: null, others: [null] } }],
    [{ kind: 'events', events: { rows: null } }],
    [{ kind: 'events', events: { rows: { facts: [0], columns: {} }, others: [] } }],
    [{ kind: 'events', events: { rows: null, others: [{ type: 'newListener', event: {} }] } }],
    [{ kind: 'host.called', callId: 'x', name: 'f', args: [] }],
    [{ kind: 'host.called', callId: 1, name: 'f', args: 5 }],
  ])('that makes no sense is dropped and reported: %j', (message) => {
    const inbox = open();
    inbox.receive(message);
    expect(inbox.steps).toEqual([expect.stringMatching(/^dropped: /)]);
  });

  test('that refuses a question rejects it, also when the reason cannot be read', async () => {
    const inbox = open();
    const asked = inbox.questions.ask((id) => setImmediate(() => inbox.receive({ kind: 'refused', id })));
    await expect(asked).rejects.toThrow('with a reason that cannot be read');
  });
});
