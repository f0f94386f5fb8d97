/** What this node makes of a store that it shares, one thing at a time; whole clusters are in `test/testing/cluster.test.ts`. */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { LockHandle } from '../../../src/supervisor/ports/locking.ts';
import { define, every, VirtualEngine, type VirtualEngineOptions } from '../../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** A node that its store knows as at work, for so long. */
function sharing(options: VirtualEngineOptions = {}, trustedForMs = 24 * HOUR): VirtualEngine {
  const node = new VirtualEngine({ ...options, isStoreShared: true });
  onTestFinished(() => node.engine.close());
  node.engine.shared.trust(node.clock.monotonicMs() + trustedForMs);
  return node;
}

/** The schedule as the store has it, with what another node has done to it. */
function stateOf(node: VirtualEngine, own: Partial<ScheduleState>): ScheduleState {
  return { ...(node.ledger.schedule('p/s') as ScheduleState), ...own };
}

describe('SharedSchedules', () => {
  test('leaves to another node what that one has had, and counts it', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(SECOND);
    node.engine.shared.observe([stateOf(node, { cursorMs: startMs + HOUR, dueCount: 1, outcomes: { succeeded: 1 } })]);
    await node.clock.advance(HOUR);
    expect(node.runs).toEqual([]);
    expect(node.engine.statuses()).toMatchObject([{ dueCount: 1, nextOccurrenceAtMs: startMs + 2 * HOUR }]);
  });

  test('does not go back to where a schedule stood before its own last run', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(SECOND);
    const before = stateOf(node, {});
    await node.clock.advance(HOUR);
    node.engine.shared.observe([before]);
    await node.clock.advance(SECOND);
    expect(node.runs.length).toBe(1);
  });

  test('makes good for the lost run of another node at once', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(10 * SECOND);
    const owed = { runId: 'lost-run', scheduledAtMs: node.clock.nowMs() - 5 * SECOND };
    const record = { ...node.ledger.schedule('p/s'), owed } as ScheduleState;
    node.engine.shared.observe([record]);
    expect(node.engine.get('p/s').owed).toEqual(owed);
    expect(node.engine.nextDueAtMs).toBe(owed.scheduledAtMs);
  });

  test('tries again for an occurrence whose lock another node gives back', async () => {
    const takers: ((key: string, ttlMs: number) => LockHandle | null)[] = [() => null];
    const tryLock = async (key: string, ttlMs: number): Promise<LockHandle | null> =>
      (takers.shift() ?? (() => ({ key, lockId: '1', ttlMs })))(key, ttlMs);
    const locking = { name: 'scripted', tryLock, renew: async () => true, release: async () => {} };
    const node = sharing({ locking });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(HOUR + SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
    expect(node.runs).toMatchObject([{ scheduledAtMs: startMs + HOUR, startedAtMs: startMs + HOUR + 500 }]);
  });

  test('goes on from what it heard last when another node had the lock of something later', async () => {
    const node = sharing({
      locking: { name: 'taken', tryLock: async () => null, renew: async () => true, release: async () => {} },
    });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(SECOND);
    const schedule = node.engine.get('p/s');
    schedule.known = stateOf(node, { cursorMs: startMs + HOUR, dueCount: 7 });
    node.engine.shared.contended(schedule, { cursorMs: startMs });
    expect(schedule.dueCount).toBe(7);
    expect(schedule.cursorMs).toBe(startMs + HOUR);
    expect(node.engine.nextDueAtMs).toBe(startMs + 2 * HOUR);
  });

  test('aborts what it has claimed from others when it may not be known as at work any more, and only that', async () => {
    const node = sharing({ threads: 2 }, HOUR + 30 * SECOND);
    node.pool.script = () => ({ durationMs: 60 * SECOND });
    node.start(define('p/s', every(HOUR)), define('q/own', every(HOUR), { locking: 'node-local' }));
    await node.clock.advance(HOUR + 29 * SECOND);
    expect(node.pool.stats().running).toBe(2);
    await node.clock.advance(2 * SECOND);
    expect(node.runs).toMatchObject([{ key: 'p/s', outcome: 'lock-lost' }]);
    await node.clock.advance(60 * SECOND);
    expect(node.runs).toMatchObject([{ key: 'p/s' }, { key: 'q/own', outcome: 'succeeded' }]);
  });

  test('does not start what it has claimed from others while it may not be known as at work', async () => {
    const node = new VirtualEngine({ isStoreShared: true });
    onTestFinished(() => node.engine.close());
    node.start(define('p/s', every(HOUR)), define('q/own', every(HOUR), { locking: 'node-local' }));
    await node.clock.advance(HOUR + SECOND);
    expect(node.outcomes('p/s')).toEqual({ 'lock-lost': 1 });
    expect(node.outcomes('q/own')).toEqual({ succeeded: 1 });
  });

  test('claims on the ground of where the schedule stands what is shared, and what is its own without', async () => {
    const node = sharing();
    node.pool.script = () => ({ durationMs: 60 * SECOND });
    node.start(define('p/s', every(HOUR)), define('q/own', every(HOUR), { locking: 'node-local' }));
    const startMs = node.clock.nowMs();
    await node.clock.advance(HOUR + SECOND);
    const claims = node.ledger.openClaims().map(({ key, basis }) => [key, basis]);
    expect(claims).toEqual([
      ['p/s', { cursorMs: startMs }],
      ['q/own', undefined],
    ]);
  });

  test('keeps the claim of a run whose thread is given up until that thread has exited', async () => {
    const node = sharing();
    node.pool.script = () => ({ durationMs: 100, outcome: 'timed-out', quarantinedForMs: 10 * SECOND });
    node.start(define('p/s', every(HOUR)), define('q/own', every(HOUR), { locking: 'node-local' }));
    await node.clock.advance(HOUR + SECOND);
    expect(node.runs.length).toBe(2);
    expect(node.ledger.openClaims().map(({ key }) => key)).toEqual(['p/s']);
    await node.clock.advance(10 * SECOND);
    expect(node.ledger.openClaims()).toEqual([]);
  });
});
