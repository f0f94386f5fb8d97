import { describe, expect, test } from 'vitest';
import type { LedgerEntry } from '../../../src/machines/ledger/entries.ts';
import { Ledger } from '../../../src/machines/ledger/ledger.ts';
import type { RunRecord } from '../../../src/machines/run.ts';
import { registrationOf } from '../../support/ledger-entries.ts';

const lateness = { tickMs: 0, lockMs: 0, queueMs: 0, startMs: 0, totalMs: 0 };

function record(runId: string, scheduledAtMs: number, own: Partial<RunRecord> = {}): RunRecord {
  return {
    runId,
    key: 'p/s',
    plugin: 'p',
    scheduleId: 's',
    nodeId: 'n',
    trigger: 'clock',
    isCatchup: false,
    scheduledAtMs,
    dueAtMs: scheduledAtMs,
    startedAtMs: scheduledAtMs,
    finishedAtMs: scheduledAtMs + 1,
    outcome: 'succeeded',
    lateness,
    ...own,
  };
}

function claimed(draft: RunRecord): LedgerEntry {
  const { runId, key, nodeId } = draft;
  return { kind: 'claimed', claim: { key, runId, nodeId, claimedAtMs: draft.scheduledAtMs, draft } };
}

function settled(settledRecord: RunRecord): LedgerEntry {
  return { kind: 'settled', settled: { record: settledRecord, log: [], isOwed: false } };
}

function ledgerOf(...entries: LedgerEntry[]): Ledger {
  const ledger = new Ledger();
  for (const entry of entries) ledger.apply(entry);
  return ledger;
}

const registered: LedgerEntry = { kind: 'registered', registration: registrationOf(100, { key: 'p/s' }) };
const overlap = (fromMs: number): LedgerEntry => ({
  kind: 'decided',
  decision: { key: 'p/s', nodeId: 'n', outcome: 'overlap', fromMs, untilMs: fromMs, count: 1, atMs: fromMs },
});

describe('Ledger', () => {
  test('moves the cursor with a claim and never back', () => {
    const ledger = ledgerOf(registered, claimed(record('a', 300)), overlap(400), {
      kind: 'moved',
      key: 'p/s',
      cursorMs: 200,
    });
    expect(ledger.schedules()).toMatchObject([{ cursorMs: 400 }]);
  });

  test('leaves the cursor alone for a run that was triggered by hand', () => {
    const ledger = ledgerOf(registered, claimed(record('a', 300, { trigger: 'manual' })));
    expect(ledger.schedules()).toMatchObject([{ cursorMs: 100 }]);
  });

  test('keeps a claim open until its run is settled', () => {
    const ledger = ledgerOf(registered, claimed(record('a', 300)), claimed(record('b', 400)));
    ledger.apply(settled(record('a', 300)));
    expect(ledger.openClaims().map(({ runId }) => runId)).toEqual(['b']);
  });

  test('counts every occurrence once, as due and by outcome', () => {
    const ledger = ledgerOf(
      registered,
      claimed(record('a', 300)),
      settled(record('a', 300)),
      overlap(400),
      overlap(500),
    );
    expect(ledger.schedules()).toMatchObject([{ dueCount: 3, runCount: 1, outcomes: { succeeded: 1, overlap: 2 } }]);
  });

  test('merges an hour of overlaps into one decision', () => {
    const ledger = ledgerOf(registered, ...Array.from({ length: 3_600 }, (_, second) => overlap(1_000 * (second + 1))));
    expect(ledger.snapshot().decisions).toEqual([
      expect.objectContaining({ fromMs: 1_000, untilMs: 3_600_000, count: 3_600 }),
    ]);
  });

  test('does not merge decisions across a pause, or of different kinds', () => {
    const pause: LedgerEntry = { kind: 'paused', key: 'p/s', pause: { atMs: 1_500 } };
    const skipped: LedgerEntry = {
      kind: 'decided',
      decision: {
        key: 'p/s',
        nodeId: 'n',
        outcome: 'missed-skipped',
        fromMs: 3_000,
        untilMs: 4_000,
        count: 2,
        atMs: 5_000,
      },
    };
    const ledger = ledgerOf(registered, overlap(1_000), pause, overlap(2_000), skipped, overlap(5_000));
    expect(ledger.snapshot().decisions.map(({ outcome, count }) => [outcome, count])).toEqual([
      ['overlap', 1],
      ['overlap', 1],
      ['missed-skipped', 2],
      ['overlap', 1],
    ]);
  });

  test('does not bring back a schedule that was forgotten while its last run ended', () => {
    const ledger = ledgerOf(
      registered,
      claimed(record('a', 300)),
      { kind: 'forgotten', key: 'p/s', atMs: 350 },
      settled(record('a', 300)),
    );
    expect(ledger.schedules()).toEqual([]);
    expect(ledger.history({})).toHaveLength(1);
  });

  test('is the same after a snapshot', () => {
    const ledger = ledgerOf(registered, claimed(record('a', 300)), settled(record('a', 300)), overlap(400), {
      kind: 'paused',
      key: 'p/s',
      pause: { atMs: 450 },
    });
    expect(new Ledger(structuredClone(ledger.snapshot())).snapshot()).toEqual(ledger.snapshot());
  });

  test('knows until when its writer was seen, from all that it wrote', () => {
    const session = (incarnationId: string, atMs: number): LedgerEntry => ({
      kind: 'opened',
      session: { nodeId: 'n', incarnationId, atMs },
    });
    const ledger = ledgerOf(registered, claimed(record('too-early', 90)), session('i', 100), claimed(record('a', 300)));
    const seen = (): number[] => ledger.snapshot().sessions.map(({ seenAtMs }) => seenAtMs);
    expect(seen()).toEqual([300]);
    ledger.apply(settled(record('a', 300, { finishedAtMs: 450 })));
    ledger.apply(claimed(record('a-again', 300)));
    expect(seen()).toEqual([450]);
    ledger.apply(settled(record('b', 500, { finishedAtMs: 550 })));
    ledger.apply(overlap(520));
    ledger.apply(session('i', 540));
    expect(seen()).toEqual([550, 540]);
    ledger.apply(settled(record('c', 560)));
    ledger.apply({ kind: 'closed', atMs: 570 });
    expect(ledger.facts('p/s', 500).sessions.map(({ seenAtMs, stoppedAtMs }) => [seenAtMs, stoppedAtMs])).toEqual([
      [550, undefined],
      [570, 570],
    ]);
  });

  test('keeps the newest records, and no more than it may', () => {
    const ledger = new Ledger(undefined, { maxRecords: 10 });
    for (let index = 0; index < 100; index++) ledger.apply(settled(record(`run-${index}`, index)));
    const { records } = ledger.snapshot();
    expect(records.map(({ runId }) => runId)).toEqual(Array.from({ length: 10 }, (_, index) => `run-${90 + index}`));
  });

  test('keeps the logs of no more runs than it keeps records', () => {
    const ledger = new Ledger(undefined, { maxRecords: 2 });
    for (const runId of ['a', 'b', 'c']) {
      const entry = settled(record(runId, 100)) as Extract<LedgerEntry, { kind: 'settled' }>;
      ledger.apply({ ...entry, settled: { ...entry.settled, log: [{ level: 'info', atMs: 100, message: runId }] } });
    }
    expect(ledger.snapshot().logs.map(([runId]) => runId)).toEqual(['b', 'c']);
  });

  test('answers history newest first, by key, outcome, run and time', () => {
    const ledger = ledgerOf(
      settled(record('a', 100)),
      settled(record('b', 200, { outcome: 'failed' })),
      settled(record('c', 300, { key: 'p/other' })),
    );
    const ids = (query: Parameters<Ledger['history']>[0]): string[] => ledger.history(query).map(({ runId }) => runId);
    expect(ids({})).toEqual(['c', 'b', 'a']);
    expect(ids({ key: 'p/s' })).toEqual(['b', 'a']);
    expect(ids({ outcome: 'failed' })).toEqual(['b']);
    expect(ids({ runId: 'a' })).toEqual(['a']);
    expect(ids({ since: 201, until: 301 })).toEqual(['b']);
    expect(ids({ limit: 1 })).toEqual(['c']);
  });
});
