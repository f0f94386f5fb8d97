/** What a shared ledger accepts and what it refuses. */
import { describe, expect, test } from 'vitest';
import { Ledger } from '../../src/machines/ledger/ledger.ts';
import { EMPTY_LEDGER } from '../../src/machines/ledger/ledger-snapshot.ts';
import type { PlanBasis } from '../../src/machines/run.ts';
import { claimOf, KEY, overlapAt, recordOf, registrationOf } from '../support/ledger-entries.ts';

function shared(): Ledger {
  const ledger = new Ledger(EMPTY_LEDGER, { writers: 'several-nodes' });
  ledger.apply({ kind: 'registered', registration: registrationOf(100) });
  return ledger;
}

const claim = (ledger: Ledger, runId: string, atMs: number, basis: PlanBasis, own = {}): boolean =>
  ledger.apply({ kind: 'claimed', claim: { ...claimOf(recordOf(runId, atMs, own)), basis } });

const settle = (ledger: Ledger, runId: string, atMs: number, { outcome = 'succeeded', isOwed = false } = {}): boolean =>
  ledger.apply({
    kind: 'settled',
    settled: { record: recordOf(runId, atMs, { outcome: outcome as 'succeeded' }), log: [], isOwed },
  });

describe('a shared ledger', () => {
  test('gives an occurrence to the first node whose claim is based on the current state', () => {
    const ledger = shared();
    expect(claim(ledger, 'a', 1_000, { cursorMs: 100 })).toBe(true);
    expect(settle(ledger, 'a', 1_000)).toBe(true);
    expect(claim(ledger, 'b', 1_000, { cursorMs: 100 })).toBe(false);
    expect(claim(ledger, 'b', 1_000, { cursorMs: 1_000 })).toBe(false);
  });

  test('refuses a live occurrence that would pass over missed ones still to be made up for', () => {
    const ledger = shared();
    expect(claim(ledger, 'catch-up', 1_000, { cursorMs: 100 })).toBe(true);
    settle(ledger, 'catch-up', 1_000);
    expect(claim(ledger, 'live', 9_000, { cursorMs: 8_000 })).toBe(false);
    expect(claim(ledger, 'next', 2_000, { cursorMs: 1_000 })).toBe(true);
  });

  test('refuses every claim while a run of the schedule is under way, manual ones included', () => {
    const ledger = shared();
    claim(ledger, 'a', 1_000, { cursorMs: 100 });
    expect(claim(ledger, 'b', 2_000, { cursorMs: 1_000 })).toBe(false);
    expect(claim(ledger, 'c', 1_500, { cursorMs: 1_000 }, { trigger: 'manual' })).toBe(false);
    settle(ledger, 'a', 1_000);
    expect(claim(ledger, 'b', 2_000, { cursorMs: 1_000 })).toBe(true);
  });

  test('raises the fencing token with every claim', () => {
    const ledger = shared();
    claim(ledger, 'a', 1_000, { cursorMs: 100 });
    expect(ledger.schedule(KEY)?.fencing).toBe(1_000_000);
    settle(ledger, 'a', 1_000);
    claim(ledger, 'b', 2_000, { cursorMs: 1_000 });
    expect(ledger.schedule(KEY)?.fencing).toBe(2_000_000);
  });

  test('settles a run once, and refuses a second outcome whatever it is', () => {
    const ledger = shared();
    claim(ledger, 'a', 1_000, { cursorMs: 100 });
    expect(settle(ledger, 'a', 1_000, { outcome: 'lost', isOwed: true })).toBe(true);
    expect(settle(ledger, 'a', 1_000)).toBe(false);
    expect(ledger.schedule(KEY)).toMatchObject({ outcomes: { lost: 1 }, owed: { runId: 'a' } });
  });

  test('lets a lost run that is owed be made up for exactly once', () => {
    const ledger = shared();
    claim(ledger, 'a', 1_000, { cursorMs: 100 });
    settle(ledger, 'a', 1_000, { outcome: 'lost', isOwed: true });
    const basis = { cursorMs: 1_000, owed: { runId: 'a', scheduledAtMs: 1_000 } };
    expect(claim(ledger, 'stale', 1_000, { cursorMs: 1_000 }, { recoveryOf: 'a' })).toBe(false);
    expect(claim(ledger, 'b', 1_000, basis, { recoveryOf: 'a' })).toBe(true);
    settle(ledger, 'b', 1_000);
    expect(claim(ledger, 'c', 1_000, basis, { recoveryOf: 'a' })).toBe(false);
  });

  test('accepts a decision only if it is based on the current state', () => {
    const ledger = shared();
    expect(ledger.apply({ kind: 'decided', decision: overlapAt(1_000), basis: { cursorMs: 100 } })).toBe(true);
    expect(ledger.apply({ kind: 'decided', decision: overlapAt(1_000), basis: { cursorMs: 100 } })).toBe(false);
    expect(ledger.schedule(KEY)).toMatchObject({ cursorMs: 1_000, outcomes: { overlap: 1 } });
  });

  test('accepts only manual runs of a paused schedule', () => {
    const ledger = shared();
    ledger.apply({ kind: 'paused', key: KEY, pause: { atMs: 200 } });
    expect(claim(ledger, 'a', 1_000, { cursorMs: 100 })).toBe(false);
    expect(claim(ledger, 'b', 1_000, { cursorMs: 100 }, { trigger: 'manual' })).toBe(true);
  });

  test('lets the first node that notices a step of the clock set a schedule back, and refuses what was planned before', () => {
    const ledger = shared();
    claim(ledger, 'a', 9_000, { cursorMs: 100 });
    settle(ledger, 'a', 9_000);
    const back = (cursorMs: number): boolean =>
      ledger.apply({
        kind: 'repositioned',
        ...{ key: KEY, atMs: cursorMs, how: 'repeated', fromMs: 9_000, cursorMs, inPass: 1 },
      });
    expect([back(4_000), back(3_999)]).toEqual([true, false]);
    expect(ledger.schedule(KEY)).toMatchObject({ cursorMs: 4_000, repeat: { pass: 2 } });
    expect(ledger.facts(KEY, 0).life.filter(({ kind }) => kind === 'repositioned').length).toBe(1);
    expect(claim(ledger, 'old', 5_000, { cursorMs: 4_000 })).toBe(false);
    expect(claim(ledger, 'new', 5_000, { cursorMs: 4_000 }, { pass: 2 })).toBe(true);
    expect(settle(ledger, 'new', 5_000)).toBe(true);
    const overlap = (pass?: number): boolean =>
      ledger.apply({
        kind: 'decided',
        decision: overlapAt(6_000, pass === undefined ? {} : { pass }),
        basis: { cursorMs: 5_000 },
      });
    expect([overlap(), overlap(2)]).toEqual([false, true]);
  });

  test('always accepts what a node does only for itself', () => {
    const ledger = shared();
    claim(ledger, 'a', 1_000, { cursorMs: 100 });
    expect(ledger.apply({ kind: 'claimed', claim: claimOf(recordOf('own', 900)) })).toBe(true);
    expect(ledger.apply({ kind: 'decided', decision: overlapAt(900) })).toBe(true);
    expect(settle(ledger, 'own', 900)).toBe(true);
  });

  test('keeps a session for each node, and counts the runs of all of them', () => {
    const ledger = shared();
    ledger.apply({ kind: 'opened', session: { nodeId: 'a', incarnationId: 'a', atMs: 0 } });
    claim(ledger, 'r', 1_000, { cursorMs: 100 });
    settle(ledger, 'r', 1_000);
    ledger.apply({ kind: 'opened', session: { nodeId: 'b', incarnationId: 'b', atMs: 1_500 } });
    ledger.apply({ kind: 'seen', nodeId: 'a', atMs: 5_000 });
    ledger.apply({ kind: 'closed', nodeId: 'b', atMs: 6_000 });
    expect(ledger.facts(KEY, 1_000).sessions).toMatchObject([
      { nodeId: 'a', seenAtMs: 5_000 },
      { nodeId: 'b', seenAtMs: 6_000, stoppedAtMs: 6_000 },
    ]);
    expect(ledger.schedule(KEY)?.runCount).toBe(1);
  });
});
