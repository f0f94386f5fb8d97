import { describe, expect, test } from 'vitest';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import { StoreSession } from '../../../src/supervisor/recovering/store-session.ts';
import type { SupervisorConfig } from '../../../src/supervisor/supervisor-config.ts';
import { claimOf, DECLARED, KEY, recordOf, registrationOf } from '../../support/ledger-entries.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const SECOND = 1_000;

/** A store that knows one schedule, before the session has opened it. */
function sessionOf({ isCluster = false, isStoreShared = false }) {
  const node = new VirtualEngine({ isStoreShared });
  const { clock, store, engine, recorder } = node;
  node.ledger.apply({ kind: 'registered', registration: registrationOf(clock.nowMs()) });
  const config = { nodeId: 'node', incarnationId: 'life-1', isCluster } as SupervisorConfig;
  const cluster = new Cluster({ clock, nodeId: 'node', locking: null });
  return { node, session: new StoreSession(config, { clock, store, engine, recorder, cluster }) };
}

/** A session with a store of somebody else's. */
function withStore(stored: unknown) {
  const node = new VirtualEngine({});
  const { clock, engine, recorder } = node;
  const store = { name: 'mine', open: async () => stored } as unknown as StateStore;
  const config = { nodeId: 'node', incarnationId: 'life-1', isCluster: false } as SupervisorConfig;
  const cluster = new Cluster({ clock, nodeId: 'node', locking: null });
  const session = new StoreSession(config, { clock, store, engine, recorder, cluster });
  const open = async (): Promise<StoreSession> => {
    await session.open();
    return session;
  };
  return { node, open };
}

function stateOf(key: string, cursorMs: unknown): unknown {
  const state = fold(undefined, { kind: 'registered', registration: registrationOf(0, { key }) });
  return { ...state, cursorMs };
}

describe('StoreSession', () => {
  test('passes over what a store should not have said, with a warning for each, and goes on', async () => {
    const { node, open } = withStore({
      schedules: [stateOf('p/right', 5), stateOf('p/wrong', 'x'), null],
      openClaims: [claimOf(recordOf('right', 5)), { ...claimOf(recordOf('wrong', 5)), draft: null }],
    });
    const session = await open();
    expect(session.take('p/right')).toMatchObject({ cursorMs: 5 });
    expect(session.take('p/wrong')).toBeUndefined();
    expect(node.warnings).toMatchObject([
      { code: 'store-row-refused', key: 'p/wrong', message: expect.stringContaining('cursorMs must be an instant') },
      { code: 'store-row-refused' },
      { code: 'store-row-refused', key: KEY, message: expect.stringContaining('draft must be an object, not null') },
    ]);
    await session.recover();
    expect(node.runs).toMatchObject([{ runId: 'right', outcome: 'lost' }]);
  });

  test.each([null, {}, { schedules: 7, openClaims: [] }])('refuses a store that knows %o', async (stored) => {
    await expect(withStore(stored).open()).rejects.toMatchObject({
      code: 'ERR_ESCAPEMENT_BACKEND',
      message: expect.stringContaining('must be { schedules, openClaims }'),
    });
  });

  test('forgets what no plugin has declared', async () => {
    const { node, session } = sessionOf({});
    node.ledger.apply({ kind: 'registered', registration: registrationOf(0, { key: 'p/declared' }) });
    await session.open();
    expect(session.take('p/declared')).toMatchObject({ key: 'p/declared' });
    await session.forgetRest();
    await node.clock.settle();
    expect(node.ledger.schedules().map(({ key }) => key)).toEqual(['p/declared']);
  });

  test.each([{ isCluster: true }, { isStoreShared: true }])(
    'forgets nothing that another node may have still (%o)',
    async (sharing) => {
      const { node, session } = sessionOf(sharing);
      await session.open();
      await session.forgetRest();
      await node.clock.settle();
      expect(node.ledger.schedules().map(({ key }) => key)).toEqual([KEY]);
    },
  );

  test('knows how others have left a schedule of a shared store that no plugin of this node declares', async () => {
    const { node, session } = sessionOf({ isStoreShared: true });
    await session.open();
    const state = node.ledger.schedule(KEY) as ScheduleState;
    node.engine.shared.observe([{ ...state, cursorMs: state.cursorMs + SECOND }]);
    session.forgetOf('reports');
    expect(session.take(KEY)).toMatchObject({ cursorMs: state.cursorMs + SECOND });
    expect(session.take(KEY)).toBeUndefined();
  });

  test('asks the past as of now: it shows the store first that this node is alive', async () => {
    const { node, session } = sessionOf({});
    await session.open();
    await node.clock.advance(4 * SECOND);
    await session.explain(KEY, node.clock.nowMs());
    expect(node.ledger.facts(KEY, 0).sessions.at(-1)?.seenAtMs).toBe(node.clock.nowMs());
  });

  test('explains what it knew once, and refuses a key that was never known', async () => {
    const { node, session } = sessionOf({});
    await session.open();
    expect((await session.explain(KEY, node.clock.nowMs() + SECOND)).verdict).toBe('not-yet-due');
    await expect(session.explain('p/none', 0)).rejects.toMatchObject({ code: 'ERR_ESCAPEMENT_UNKNOWN_SCHEDULE' });
  });

  test.each([
    { policy: 'run-once', isStoreShared: false, isOwed: true },
    { policy: 'run-once', isStoreShared: true, isOwed: true },
    { policy: 'skip', isStoreShared: false, isOwed: false },
  ] as const)('settles a run whose plugin is not here by the policy that the store keeps (%o)', async (how) => {
    const { node, session } = sessionOf(how);
    const declared = { ...DECLARED, missedRunPolicy: how.policy };
    node.ledger.apply({ kind: 'registered', registration: registrationOf(node.clock.nowMs(), { declared }) });
    const atMs = node.clock.nowMs() + SECOND;
    node.ledger.apply({ kind: 'claimed', claim: claimOf(recordOf('left-over', atMs)) });
    await session.open();
    await session.recover();
    expect(node.runs).toMatchObject([{ runId: 'left-over', outcome: 'lost' }]);
    const owed = how.isOwed ? { runId: 'left-over', scheduledAtMs: atMs } : undefined;
    expect([node.ledger.schedule(KEY)?.owed, session.take(KEY)?.owed]).toEqual([owed, owed]);
  });

  test('settles once the runs that an earlier supervisor did not finish', async () => {
    const { node, session } = sessionOf({});
    const atMs = node.clock.nowMs() + SECOND;
    node.ledger.apply({ kind: 'claimed', claim: claimOf(recordOf('left-over', atMs)) });
    await session.open();
    const schedule = node.engine.schedules.add(define(KEY, every(SECOND)), session.take(KEY));
    await session.recover();
    await session.recover();
    expect(node.runs).toMatchObject([{ runId: 'left-over', outcome: 'lost' }]);
    expect(schedule.state.owed).toEqual({ runId: 'left-over', scheduledAtMs: atMs });
  });
});
