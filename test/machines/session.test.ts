import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import { downTimeAt, type SessionSpan } from '../../src/machines/session.ts';

const span = (startedAtMs: number, seenAtMs: number): SessionSpan => ({
  nodeId: 'node',
  incarnationId: `from ${startedAtMs}`,
  startedAtMs,
  seenAtMs,
});
const FAR = 1_000_000;

describe('downTimeAt', () => {
  test.each([
    ['within a session', [span(10, 20)], 15, null],
    ['between two', [span(10, 20), span(30, 40)], 25, { fromMs: 20, untilMs: 30 }],
    ['before the first', [span(10, 20)], 5, { untilMs: 10 }],
    ['after the last', [span(10, 20)], 25, { fromMs: 20 }],
    [
      'between two, and another one runs beside them',
      [span(10, 22), span(15, 20), span(30, 40)],
      25,
      { fromMs: 22, untilMs: 30 },
    ],
    ['while one ran whose clock was ahead', [span(10, 20), span(FAR, FAR + 5), span(30, 40)], 25, null],
    ['while one ran whose clock was behind', [span(1_010, 1_020), span(1, 9), span(1_030, 1_040)], 1_025, null],
    ['after one whose clock was ahead', [span(FAR, FAR + 5), span(30, 40)], 45, { fromMs: 40 }],
    [
      'after that, before the next',
      [span(10, 20), span(FAR, FAR + 5), span(30, 40), span(50, 60)],
      45,
      { fromMs: 40, untilMs: 50 },
    ],
  ])('%s', (_what, sessions, atMs, expected) => {
    expect(downTimeAt(sessions, { atMs, nowMs: 2_000 })).toEqual(expected);
  });
});

describe('a session whose clock is set back', () => {
  test('begins again by the time that the clock shows', () => {
    const ledger = new Ledger();
    ledger.apply({ kind: 'opened', session: { nodeId: 'node', incarnationId: 'i', atMs: FAR } });
    ledger.apply({ kind: 'seen', atMs: FAR + 5_000 });
    ledger.apply({ kind: 'seen', atMs: 50_000 });
    ledger.apply({ kind: 'seen', atMs: 45_000 });
    ledger.apply({ kind: 'closed', atMs: 60_000 });
    expect(ledger.facts('p/s', 0).sessions).toMatchObject([
      { startedAtMs: FAR, seenAtMs: FAR + 5_000 },
      { startedAtMs: 50_000, seenAtMs: 60_000, stoppedAtMs: 60_000, incarnationId: 'i' },
    ]);
  });
});
