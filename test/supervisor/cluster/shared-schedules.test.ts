/**
 * What this node makes of a store that it shares, one thing at a time; whole clusters are in
 * `test/testing/cluster.test.ts`.
 */
import { describe, expect, onTestFinished, test } from 'vitest';
import type { ScheduleState } from '../../../src/machines/schedule-state.ts';
import type { LockHandle, LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import { define, every, VirtualEngine, type VirtualEngineOptions } from '../../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

/** A node that its store counts as alive, for so long. */
function sharing(options: VirtualEngineOptions = {}, trustedForMs = 24 * HOUR): VirtualEngine {
  const node = new VirtualEngine({ ...options, isStoreShared: true });
  onTestFinished(() => node.engine.close());
  node.engine.nodeLease.extend(node.clock.monotonicMs() + trustedForMs);
  return node;
}

/** The schedule as the store has it, with what another node has done to it. */
function stateOf(node: VirtualEngine, own: Partial<ScheduleState>): ScheduleState {
  return { ...(node.ledger.schedule('p/s') as ScheduleState), ...own };
}

/** A lock backend that grants what `tryLock` says. */
function scripted(tryLock: LockingPlugin['tryLock']): LockingPlugin {
  return { name: 'scripted', tryLock, renew: async () => true, release: async () => {} };
}

function granted(key: string, ttlMs: number): LockHandle {
  return { key, lockId: '1', ttlMs };
}

describe('SharedSchedules', () => {
  test('leaves to another node what that one has run, and counts it', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(SECOND);
    node.engine.shared.observe([stateOf(node, { cursorMs: startMs + HOUR, dueCount: 1, outcomes: { succeeded: 1 } })]);
    await node.clock.advance(HOUR);
    expect(node.runs).toEqual([]);
    expect(node.engine.schedules.statuses()).toMatchObject([{ dueCount: 1, nextOccurrenceAtMs: startMs + 2 * HOUR }]);
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

  test('follows the node that was first to set a schedule back, and sets it back no more', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(HOUR + SECOND);
    const nowMs = node.clock.nowMs() - HOUR;
    const change = {
      key: 'p/s',
      atMs: nowMs,
      how: 'repeated',
      fromMs: nowMs + HOUR,
      cursorMs: nowMs,
      inPass: 1,
    } as const;
    node.ledger.apply({ kind: 'repositioned', ...change });
    node.clock.stepWall(-HOUR);
    await node.clock.advance(2 * SECOND);
    expect(node.ledger.schedule('p/s')).toMatchObject({ cursorMs: nowMs, repeat: { pass: 2 } });
    expect(node.ledger.facts('p/s', 0).life.filter(({ kind }) => kind === 'repositioned').length).toBe(1);
    node.engine.shared.observe([stateOf(node, {})]);
    await node.clock.advance(2 * HOUR);
    expect(node.runs.map(({ pass }) => pass)).toEqual([undefined, 2, undefined]);
    expect(node.unaccounted()).toEqual([]);
  });

  test('does not go back to a pass that is over', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(HOUR + SECOND);
    const before = stateOf(node, {});
    node.clock.stepWall(-HOUR);
    await node.clock.advance(2 * SECOND);
    node.engine.shared.observe([before]);
    await node.clock.advance(HOUR);
    expect(node.runs.map(({ pass }) => pass)).toEqual([undefined, 2]);
  });

  test('makes up for the lost run of another node at once', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(10 * SECOND);
    const owed = { runId: 'lost-run', scheduledAtMs: node.clock.nowMs() - 5 * SECOND };
    const record = { ...node.ledger.schedule('p/s'), owed } as ScheduleState;
    node.engine.shared.observe([record]);
    expect(node.engine.schedules.get('p/s').state.owed).toEqual(owed);
    expect(node.engine.nextDueAtMs).toBe(owed.scheduledAtMs);
  });

  test('leaves alone a schedule of its own, whatever the store says', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR), { locking: 'node-local' }));
    node.engine.shared.observe([stateOf(node, { cursorMs: node.clock.nowMs() + HOUR, pause: { atMs: 0 } })]);
    await node.clock.advance(HOUR + SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
  });

  test('tries again for an occurrence whose lock another node gives back', async () => {
    const takers: ((key: string, ttlMs: number) => LockHandle | null)[] = [() => null];
    const node = sharing({ locking: scripted(async (key, ttlMs) => (takers.shift() ?? granted)(key, ttlMs)) });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(HOUR + SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
    expect(node.runs).toMatchObject([{ scheduledAtMs: startMs + HOUR, startedAtMs: startMs + HOUR + 500 }]);
  });

  test('does not wait for its retry once another node has moved the schedule on', async () => {
    const node = sharing({ locking: scripted(async () => null) });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(HOUR);
    expect(node.engine.schedules.get('p/s').retryAtMs).toBe(node.clock.monotonicMs() + 500);
    node.engine.shared.observe([stateOf(node, { cursorMs: startMs + HOUR })]);
    expect(node.engine.schedules.get('p/s').retryAtMs).toBe(0);
    expect(node.engine.nextDueAtMs).toBe(startMs + 2 * HOUR);
  });

  test('goes on from what it heard last when another node had the lock of something later', async () => {
    const asked: ((handle: LockHandle | null) => void)[] = [];
    const node = sharing({ locking: scripted(() => new Promise((resolve) => asked.push(resolve))) });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(HOUR);
    node.engine.shared.observe([stateOf(node, { cursorMs: startMs + HOUR, dueCount: 7 })]);
    asked[0]?.(null);
    await node.clock.settle();
    const schedule = node.engine.schedules.get('p/s');
    expect(schedule.state.dueCount).toBe(7);
    expect(schedule.position.cursorMs).toBe(startMs + HOUR);
    expect(node.engine.nextDueAtMs).toBe(startMs + 2 * HOUR);
  });

  test('does not go back behind its own last run when another node has the lock of the next', async () => {
    const takers: ((key: string, ttlMs: number) => LockHandle | null)[] = [granted, () => null];
    const node = sharing({ locking: scripted(async (key, ttlMs) => (takers.shift() ?? granted)(key, ttlMs)) });
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    const before = stateOf(node, {});
    await node.clock.advance(HOUR + SECOND);
    node.engine.shared.observe([before]);
    await node.clock.advance(HOUR - SECOND);
    expect(node.engine.schedules.get('p/s').position.cursorMs).toBe(startMs + HOUR);
    await node.clock.advance(SECOND);
    expect(node.runs.map(({ scheduledAtMs }) => scheduledAtMs)).toEqual([startMs + HOUR, startMs + 2 * HOUR]);
    expect(node.decisions).toEqual([]);
  });

  test('plans again from what the store knows when the store refuses a claim', async () => {
    const node = sharing();
    node.start(define('p/s', every(HOUR)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(SECOND);
    // Another node passes over the occurrence, and nobody says so before the claim is refused.
    node.ledger.apply({ kind: 'moved', key: 'p/s', cursorMs: startMs + HOUR });
    await node.clock.advance(HOUR - SECOND);
    expect(node.outcomes('p/s')).toEqual({});
    expect(node.engine.schedules.get('p/s')).toMatchObject({ retryAtMs: node.clock.monotonicMs() + 500 });
    node.engine.shared.observe([stateOf(node, {})]);
    await node.clock.advance(HOUR + SECOND);
    expect(node.runs).toMatchObject([{ scheduledAtMs: startMs + 2 * HOUR, outcome: 'succeeded' }]);
  });

  test.each(['require-global', 'node-local'] as const)(
    'plans again, and gives no outcome to, what its store says is of the future (%s)',
    async (locking) => {
      const node = sharing();
      node.start(define('p/s', every(HOUR), { locking }));
      const startMs = node.clock.nowMs();
      let refusals = 3;
      const write = node.store.write.bind(node.store);
      node.store.write = async (entry) => {
        if (entry.kind !== 'claimed' || refusals === 0) return write(entry);
        refusals -= 1;
        return { isTaken: false, isEarly: true };
      };
      await node.clock.advance(HOUR + 3 * SECOND);
      expect(refusals).toBe(0);
      expect(node.runs.map(({ scheduledAtMs, outcome }) => [scheduledAtMs, outcome])).toEqual([
        [startMs + HOUR, 'succeeded'],
      ]);
      expect([node.outcomes('p/s'), node.decisions]).toEqual([{ succeeded: 1 }, []]);
    },
  );

  test('keeps no decision that its store says is of the future', async () => {
    const node = sharing();
    node.pool.script = () => ({ durationMs: HOUR + 30 * SECOND });
    node.start(define('p/s', every(HOUR), { budget: { ...define('p/s', every(HOUR)).budget, wallMs: 3 * HOUR } }));
    const startMs = node.clock.nowMs();
    const write = node.store.write.bind(node.store);
    node.store.write = async (entry) => (entry.kind === 'decided' ? { isTaken: false, isEarly: true } : write(entry));
    await node.clock.advance(2 * HOUR + SECOND);
    expect(node.decisions).toEqual([]);
    expect(node.engine.schedules.get('p/s').position.cursorMs).toBe(startMs + HOUR);
  });

  test('aborts what it has claimed from others when it may no longer count as alive, and only that', async () => {
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

  test('does not start what it has claimed from others while it may not count as alive', async () => {
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
