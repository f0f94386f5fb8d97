import { describe, expect, test } from 'vitest';
import type { StartFigures } from '../../../examples/side-by-side/measuring/start-journal.ts';
import { type Both, type Figures, figuresTable, verdict } from '../../../examples/side-by-side/showing/verdict.ts';

const NEVER = Number.POSITIVE_INFINITY;

/** Starts of which all but the missing ones were this late. */
function starts(due: number, lateMs: number, missing = 0): StartFigures {
  const worstMs = missing > 0 ? NEVER : lateMs;
  return { due, started: due - missing, p50Ms: lateMs, p99Ms: worstMs, worstMs, worstStartedMs: lateMs };
}

function figures(parts: Partial<Figures>): Figures {
  const requests = { p50Ms: 31, p99Ms: 80, failed: 0 };
  return {
    undisturbed: [starts(40, 100), starts(40, 100)],
    acts: [],
    requests: [requests, requests],
    allRequests: [requests, { ...requests, failed: 12 }],
    usage: [
      { cores: 0.41, residentMb: 99.6 },
      { cores: 0.44, residentMb: 250 },
    ],
    crowding: 0.5,
    ...parts,
  };
}

describe('the verdict', () => {
  test.each<[Both<StartFigures>, string]>([
    [
      [starts(40, 120), starts(40, 4)],
      'Escapement started its jobs closer to their time: 99 of 100 within 4.0 ms; with node-cron 99 of 100 within 120 ms (half of them: 4.0 ms and 120 ms).',
    ],
    [
      [starts(40, 4), starts(40, 120)],
      'Escapement lost: its jobs started later: 99 of 100 within 120 ms; with node-cron 99 of 100 within 4.0 ms',
    ],
    [
      [starts(40, 100), starts(40, 110)],
      'both were about equally punctual: 99 of 100 within 110 ms; with node-cron 99 of 100 within 100 ms',
    ],
    [
      [starts(40, 100), starts(40, 4, 1)],
      'Escapement lost: its jobs started later: some never; with node-cron 99 of 100 within 100 ms',
    ],
  ])('on lateness %#', (undisturbed, sentence) => {
    expect(verdict(figures({ undisturbed }))[0]).toContain(`Undisturbed, ${sentence}`);
  });

  test.each<[Both<StartFigures>, string]>([
    [[starts(4, 900, 2), starts(4, 9)], 'Escapement started 4 of 4, the worst 9.0 ms late; node-cron 2 of 4.'],
    [
      [starts(4, 9), starts(4, 9, 1)],
      'Escapement started 3 of 4, the worst 9.0 ms late; node-cron 4 of 4. Escapement lost here.',
    ],
    [
      [starts(4, 9), starts(4, 900)],
      'Escapement started 4 of 4, the worst 900 ms late; node-cron 4 of 4, 9.0 ms late. Escapement lost here.',
    ],
    [
      [starts(4, 900), starts(4, 9)],
      'Escapement started 4 of 4, the worst 9.0 ms late; node-cron 4 of 4, 900 ms late.',
    ],
  ])('on an act %#', (both, sentence) => {
    expect(verdict(figures({ acts: [{ key: 'b', starts: both }] }))[1]).toBe(`Main thread blocked: ${sentence}`);
  });

  test.each([
    [
      80,
      40,
      'The server with Escapement answered faster, since no job ran in between: 99 of 100 within 40 ms, with node-cron 80 ms.',
    ],
    [40, 80, 'Escapement lost: its server answered more slowly, 99 of 100 within 80 ms, with node-cron 40 ms.'],
    [40, 41, 'Both servers answered about equally fast: 99 of 100 within 41 ms, with node-cron 40 ms.'],
  ])('on requests %#', (theirs, ours, sentence) => {
    const requests = [theirs, ours].map((p99Ms) => ({ p50Ms: 30, p99Ms, failed: 0 })) as unknown as Figures['requests'];
    expect(verdict(figures({ requests }))[1]).toBe(sentence);
  });

  test('names the price, and a busy machine', () => {
    const sentences = verdict(figures({ crowding: 3 }));
    expect(sentences[2]).toBe(
      'The price: the server with Escapement used 0.44 cores and 250 MiB, the one with node-cron 0.41 cores and 100 MiB.',
    );
    expect(sentences[3]).toContain('Other programs kept this machine busy');
    expect(verdict(figures({}))).toHaveLength(3);
  });

  test('says so when nothing was measured', () => {
    const none = { due: 0, started: 0, p50Ms: null, p99Ms: null, worstMs: null, worstStartedMs: null };
    const nothing = figures({
      undisturbed: [none, none],
      requests: [0, 1].map(() => ({ p50Ms: null, p99Ms: null, failed: 0 })) as unknown as Figures['requests'],
    });
    expect(verdict(nothing).slice(0, 2)).toEqual([
      'Nothing was due while nobody disturbed the servers.',
      'No request was answered while nobody disturbed the servers.',
    ]);
  });
});

test('the table fits into 80 columns with the longest cells', () => {
  const both = [starts(1_000, 9_999, 1), starts(1_000, 9_999, 1)] as const;
  const acts = (['b', 'k', 'l', 's'] as const).map((key) => ({ key, starts: both }));
  const lines = figuresTable(figures({ undisturbed: both, acts }));
  expect(lines).toHaveLength(12);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
  expect(lines[3]).toBe('  main thread blocked   999/1000  10.0 s    never    999/1000  10.0 s    never');
});
