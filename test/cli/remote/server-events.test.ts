import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventOf } from '../../../src/cli/remote/answers.ts';
import { ServerEventReader } from '../../../src/cli/remote/server-events.ts';

const STREAM =
  ': hello\r\n\r\nevent: run\r\ndata: {"a":1}\r\n\r\nid: 7\ndata:one\ndata: two\n\nevent: lonely\n\ndata\rdata: x\r\revent: cut\ndata: off\n';
const EVENTS = [
  { name: 'run', data: '{"a":1}' },
  { name: 'message', data: 'one\ntwo' },
  { name: 'message', data: '\nx' },
];

describe('a stream of server-sent events', () => {
  test('is read the same wherever it is cut', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: STREAM.length - 1 })), (cuts) => {
        const reader = new ServerEventReader();
        const edges = [0, ...cuts.toSorted((a, b) => a - b), STREAM.length];
        const parts = edges.slice(1).map((end, index) => STREAM.slice(edges[index], end));
        expect(parts.flatMap((part) => reader.read(part))).toEqual(EVENTS);
      }),
    );
  });

  test('refuses a line or an event without end', () => {
    const part = 'x'.repeat(1_000_000);
    const read = (text: string) => () => {
      const reader = new ServerEventReader();
      for (let count = 0; count < 10; count += 1) reader.read(text);
    };
    expect(read(part)).toThrow(RangeError);
    expect(read(`data: ${part}\n`)).toThrow(RangeError);
    expect(read(`data: ${part}\n\n`)).not.toThrow();
  });
});

describe('an event of a scheduler', () => {
  const run = { runId: 'a', key: 'b/c', trigger: 'clock', outcome: 'failed', scheduledAtMs: 1, startedAtMs: 2 };
  const whole = { ...run, finishedAtMs: 3, lateness: { totalMs: 1 } };

  test('is taken with all its fields', () => {
    expect(eventOf('run', JSON.stringify({ ...whole, more: 1 }))).toEqual({
      type: 'run',
      event: { ...whole, more: 1 },
    });
  });

  test.each([
    ['an unknown name', 'toString', whole],
    ['a missing field', 'run', run],
    ['an instant that no date has', 'run', { ...whole, finishedAtMs: 1e300 }],
    ['no object', 'run', 7],
  ])('is left out with %s', (_, type, event) => {
    expect(eventOf(type, JSON.stringify(event))).toBeNull();
  });

  test('is left out if it is no JSON', () => {
    expect(eventOf('run', '{')).toBeNull();
  });
});
