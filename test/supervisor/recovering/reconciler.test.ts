import { describe, expect, test } from 'vitest';
import type { Claim } from '../../../src/machines/schedule-entries.ts';
import { Reconciler } from '../../../src/supervisor/recovering/reconciler.ts';
import { claimOf, recordOf } from '../../support/ledger-entries.ts';
import { define, every, VirtualEngine } from '../../support/virtual-engine.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

function reconciling(isOurs: (claim: Claim) => boolean = () => true) {
  const node = new VirtualEngine();
  const { clock, engine, recorder, store } = node;
  const reconciler = new Reconciler({ clock, engine, recorder, store, isOurs });
  const claim = (runId: string, ageMs: number): void => {
    const draft = recordOf(runId, clock.nowMs() - ageMs);
    node.ledger.apply({ kind: 'claimed', claim: claimOf(draft) });
  };
  return { node, reconciler, claim };
}

describe('Reconciler', () => {
  test('settles as lost, and tells, what the store holds for under way and nobody runs', async () => {
    const { node, reconciler, claim } = reconciling();
    claim('old', MINUTE + 1);
    await reconciler.reconcile();
    expect(node.runs).toMatchObject([{ runId: 'old', outcome: 'lost' }]);
    expect(node.warnings).toMatchObject([{ code: 'run-reconciled', runId: 'old' }]);
  });

  test('leaves alone a claim that is young or not its own', async () => {
    const { node, reconciler, claim } = reconciling(({ runId }) => runId !== 'of another');
    claim('young', MINUTE);
    claim('of another', HOUR);
    await reconciler.reconcile();
    expect(node.ledger.openClaims().length).toBe(2);
    expect(node.runs).toEqual([]);
  });

  test('leaves alone a run that is under way', async () => {
    const { node, reconciler } = reconciling();
    node.pool.script = () => ({ durationMs: HOUR });
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(HOUR + 2 * MINUTE);
    await reconciler.reconcile();
    expect(node.ledger.openClaims().length).toBe(1);
    expect(node.warnings).toEqual([]);
  });

  test('queues a schedule that could fall due and is not queued, and tells it', async () => {
    const { node, reconciler } = reconciling();
    node.engine.schedules.add(define('p/s', every(HOUR)), undefined);
    node.engine.schedules.add(define('p/off', every(HOUR), { isEnabled: false }), undefined);
    await reconciler.reconcile();
    expect(node.engine.queuedCount).toBe(1);
    expect(node.warnings).toMatchObject([{ code: 'schedule-replanned', key: 'p/s' }]);
    await reconciler.reconcile();
    expect(node.warnings.length).toBe(1);
  });

  test('looks at many schedules in slices, between which the thread does other things', async () => {
    const { node, reconciler } = reconciling();
    for (let index = 0; index < 5_000; index += 1)
      node.engine.schedules.add(define(`p/${index}`, every(HOUR)), undefined);
    // Each reading of the clock takes a millisecond of the slice.
    let readings = 0;
    const readMs = node.clock.monotonicMs.bind(node.clock);
    node.clock.monotonicMs = () => readMs() + ++readings;
    let turns = 0;
    const defer = node.clock.defer.bind(node.clock);
    node.clock.defer = (callback) => {
      turns += 1;
      defer(callback);
    };
    await Promise.all([reconciler.reconcile(), node.clock.settle()]);
    expect(turns).toBeGreaterThan(20);
    expect(node.engine.queuedCount).toBe(5_000);
  });

  test('looks every minute until it is closed, also when that happens in the middle of a look', async () => {
    const { node, reconciler } = reconciling();
    const asked: ((claims: readonly Claim[]) => void)[] = [];
    node.store.openClaims = () => new Promise((resolve) => asked.push(resolve));
    reconciler.start();
    await node.clock.advance(MINUTE);
    asked[0]?.([]);
    await node.clock.advance(MINUTE);
    expect(asked.length).toBe(2);
    reconciler.close();
    asked[1]?.([]);
    await node.clock.settle();
    expect(node.clock.sleeperCount).toBe(0);
  });
});
