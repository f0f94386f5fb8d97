import { describe, expect, test } from 'vitest';
import { explain } from '../../../src/machines/explaining/explain.ts';
import type { LedgerEntry } from '../../../src/machines/ledger/entries.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import type { Decision, RunRecord } from '../../../src/machines/run.ts';
import { claimOf, DECLARED, KEY, overlapAt, recordOf, registrationOf } from '../../support/ledger-entries.ts';

const NOON = Date.UTC(2026, 2, 5, 12);
const at = (second: number): number => NOON + second * 1_000;
const error = { name: 'Error', message: 'no paper\nand no ink' };

function settled(record: RunRecord): LedgerEntry {
  return { kind: 'settled', settled: { record, log: [], isOwed: false } };
}

function decided(own: Partial<Decision>, second: number): LedgerEntry {
  return { kind: 'decided', decision: overlapAt(at(second), { atMs: at(second + 5), ...own }) };
}

/**
 * Explains a second of a schedule that is due every second since noon, by a scheduler that has been running since then.
 */
function explained(second: number, entries: readonly LedgerEntry[], nowSecond = 3_600) {
  const ledger = new Ledger();
  ledger.apply({ kind: 'opened', session: { nodeId: 'node', incarnationId: 'i', atMs: at(0) } });
  ledger.apply({ kind: 'registered', registration: registrationOf(at(0)) });
  for (const entry of entries) ledger.apply(entry);
  ledger.apply({ kind: 'seen', atMs: at(nowSecond) });
  return explain(ledger.facts(KEY, at(second)), { key: KEY, atMs: at(second), nowMs: at(nowSecond) });
}

const DUE = '"reports/nightly", due at 2026-03-05T12:00:10Z,';
const lateness = { tickMs: 0.1, lockMs: 0.2, queueMs: 0.3, startMs: 0.4, totalMs: 1 };
const run = (own: Partial<RunRecord> = {}): RunRecord =>
  recordOf('r1', at(10), { startedAtMs: at(10) + 1, finishedAtMs: at(10) + 13, lateness, threadId: 3, ...own });

describe('explain', () => {
  test.each<[string, string, readonly LedgerEntry[]]>([
    [
      'ran',
      `${DUE} ran as run r1: started at 2026-03-05T12:00:10.001Z, 1.0 ms late (tick 0.1 + lock 0.2 + queue 0.3 + start 0.4), and succeeded after 12.0 ms.`,
      [settled(run())],
    ],
    [
      'ran',
      `${DUE} ran as a catch-up as run r1: started at 2026-03-05T12:00:10.001Z, 1.0 ms late (tick 0.1 + lock 0.2 + queue 0.3 + start 0.4), and ended as failed after 12.0 ms (Error: no paper).`,
      [settled(run({ trigger: 'catch-up', outcome: 'failed', error }))],
    ],
    [
      'ran',
      `${DUE} was lost as run r1: its process ended before the run did. Run r2, due at 2026-03-05T12:00:12Z, made up for it.`,
      [settled(run({ outcome: 'lost' })), settled(recordOf('r2', at(12), { recoveryOf: 'r1' }))],
    ],
    [
      'ran',
      `${DUE} ended as aborted before run r1 began. Run r2, due at 2026-03-05T12:00:12Z, made up for it.`,
      [settled(recordOf('r1', at(10), { outcome: 'aborted' })), settled(recordOf('r2', at(12), { recoveryOf: 'r1' }))],
    ],
    [
      'running',
      `${DUE} is being worked on by run r1, claimed at 2026-03-05T12:00:10Z.`,
      [{ kind: 'claimed', claim: claimOf(run()) }],
    ],
    [
      'overlap',
      `${DUE} did not run: run r0, due at 2026-03-05T12:00:08Z, was still executing until 2026-03-05T12:00:11Z (one of 2 from 2026-03-05T12:00:09Z to 2026-03-05T12:00:10Z).`,
      [settled(recordOf('r0', at(8), { finishedAtMs: at(11) })), decided({}, 9), decided({}, 10)],
    ],
    [
      'overlap',
      `${DUE} did not run: run r0 was still executing (the only one).`,
      [{ kind: 'claimed', claim: claimOf(recordOf('r0', at(8))) }, decided({}, 10)],
    ],
    [
      'overlap',
      `${DUE} did not run: its runs took longer than its period, and its backlog of missed ones kept growing (the only one).`,
      [decided({ reason: 'fell-behind' }, 10)],
    ],
    [
      'contended',
      `${DUE} did not run on this node: another node took it (the only one).`,
      [decided({ outcome: 'contended' }, 10)],
    ],
    [
      'lock-error',
      `${DUE} did not run: the lock backend failed: no route.`,
      [decided({ outcome: 'lock-error', error: { name: 'Error', message: 'no route' } }, 10)],
    ],
    ['pool-full', `${DUE} did not run: the queue of the pool was full.`, [settled(run({ outcome: 'pool-full' }))]],
    [
      'missed-skipped',
      `${DUE} was missed and did not run: its policy is skip; found at 2026-03-05T12:00:15Z (the only one).`,
      [decided({ outcome: 'missed-skipped', reason: 'policy' }, 10)],
    ],
    [
      'missed-skipped',
      `${DUE} was missed and did not run: maxCatchup dropped it; found at 2026-03-05T12:00:15Z (one of 3 from 2026-03-05T12:00:10Z to 2026-03-05T12:00:12Z).`,
      [decided({ outcome: 'missed-skipped', reason: 'max-catchup', untilMs: at(12), count: 3 }, 10)],
    ],
    [
      'paused',
      `${DUE} did not run: the schedule had been paused since 2026-03-05T12:00:05Z (maintenance).`,
      [{ kind: 'paused', key: KEY, pause: { atMs: at(5), note: 'maintenance' } }],
    ],
    [
      'disabled',
      `${DUE} did not run: the schedule had been disabled since 2026-03-05T12:00:05Z.`,
      [{ kind: 'registered', registration: registrationOf(at(5), { declared: { ...DECLARED, isEnabled: false } }) }],
    ],
    [
      'faulted',
      `${DUE} did not run: the schedule had been faulted since 2026-03-05T12:00:05Z (stuck).`,
      [{ kind: 'faulted', key: KEY, atMs: at(5), note: 'stuck' }],
    ],
    [
      'removed',
      `${DUE} did not run: the schedule was removed at 2026-03-05T12:00:05Z.`,
      [{ kind: 'forgotten', key: KEY, atMs: at(5) }],
    ],
    ['waiting', `${DUE} has not been looked at yet: it waits for its turn, or until a scheduler is running again.`, []],
  ])('%s: %s', (verdict, text, entries) => {
    expect(explained(10, entries)).toMatchObject({ verdict, text });
  });

  test('names the occurrences around an instant between them, even during a pause', () => {
    const pause: LedgerEntry = { kind: 'paused', key: KEY, pause: { atMs: at(5) } };
    expect(explained(10.4, [pause])).toMatchObject({
      verdict: 'not-due',
      previousAtMs: at(10),
      nextAtMs: at(11),
      text: '"reports/nightly" was not due at 2026-03-05T12:00:10.400Z; the one before is 2026-03-05T12:00:10Z, the next occurrence is 2026-03-05T12:00:11Z.',
    });
  });

  test('explains the past by the expression of that time', () => {
    const changed: LedgerEntry = {
      kind: 'registered',
      registration: registrationOf(at(20), { declared: { ...DECLARED, cron: '7s' } }),
    };
    expect(explained(11, [changed]).verdict).toBe('unknown');
    expect(explained(21, [changed, settled(recordOf('r', at(21)))]).verdict).toBe('ran');
    expect(explained(22, [changed]).verdict).toBe('not-due');
    expect(explained(-5, [changed]).verdict).toBe('unknown');
  });

  test('says that a future occurrence is still to come, and what stands in its way', () => {
    const pause: LedgerEntry = { kind: 'paused', key: KEY, pause: { atMs: at(5) } };
    expect(explained(4_000, []).text).toMatch(/is still to come\.$/);
    expect(explained(4_000, [pause])).toMatchObject({
      verdict: 'not-yet-due',
      text: expect.stringMatching(/is still to come; the schedule has been paused since 2026-03-05T12:00:05Z\.$/),
    });
  });

  test('names the time in which no scheduler was running', () => {
    const down: LedgerEntry[] = [
      { kind: 'closed', atMs: at(5) },
      { kind: 'opened', session: { nodeId: 'node', incarnationId: 'next', atMs: at(60) } },
      decided({ outcome: 'missed-skipped', reason: 'policy' }, 10),
    ];
    expect(explained(10, down)).toMatchObject({
      downTime: { fromMs: at(5), untilMs: at(60) },
      text: expect.stringMatching(/No scheduler was running from 2026-03-05T12:00:05Z until 2026-03-05T12:01:00Z\.$/),
    });
  });
});
