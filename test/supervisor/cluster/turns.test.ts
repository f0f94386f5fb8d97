import { describe, expect, test } from 'vitest';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import { Turns } from '../../../src/supervisor/cluster/turns.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { define, every } from '../../support/virtual-engine.ts';
import { VirtualPool } from '../../support/virtual-pool.ts';

const SECOND = 1_000;
const IDLE = { state: 'idle', liveCount: 0 };

/** What a node with two threads does about a schedule of every second that has just fallen due, when it goes first or second. */
function turnsOf(turn: 'first' | 'second', { nodes = 2 } = {}) {
  const clock = new VirtualClock();
  const cluster = new Cluster({ clock, nodeId: 'a', locking: null, warn: () => {} });
  cluster.observed(['a', 'b'].slice(0, nodes), { nowMs: 0, askedAtMs: 0, answeredAtMs: 0 });
  const registry = new ScheduleRegistry();
  let schedule = registry.add(define('p/s', every(SECOND)), clock.nowMs());
  const dueAtMs = clock.nowMs() + SECOND;
  const isFirst = (): boolean => cluster.turnDelayMs(schedule.definition.key, dueAtMs, dueAtMs) === 0;
  for (let index = 0; isFirst() !== (turn === 'first' || nodes === 1); index++) {
    schedule = registry.add(define(`p/s${index}`, every(SECOND)), clock.nowMs());
  }
  return { turns: new Turns(cluster, new VirtualPool(clock, 2)), schedule, dueAtMs };
}

describe('Turns', () => {
  test('lets the first node try at once, and the next a moment later', () => {
    const first = turnsOf('first');
    expect(first.turns.waitMs(first.schedule, first.dueAtMs, IDLE)).toBe(0);
    const second = turnsOf('second');
    const waitMs = second.turns.waitMs(second.schedule, second.dueAtMs, IDLE);
    expect(waitMs).toBeGreaterThan(0);
    expect(second.turns.waitMs(second.schedule, second.dueAtMs + waitMs, IDLE)).toBe(0);
  });

  test('leaves nothing to others where there are none, whatever it has at hand', () => {
    const { turns, schedule, dueAtMs } = turnsOf('first', { nodes: 1 });
    turns.worked(60 * SECOND);
    expect(turns.waitMs(schedule, dueAtMs, { state: 'locking', liveCount: 50 })).toBe(0);
  });

  test('lets nobody go first with a lost run that is owed, nor with what is its own', () => {
    const { turns, schedule, dueAtMs } = turnsOf('second');
    schedule.owed = { runId: 'lost-run', scheduledAtMs: dueAtMs - SECOND };
    expect(turns.waitMs(schedule, dueAtMs, IDLE)).toBe(0);
    schedule.owed = null;
    schedule.definition = { ...schedule.definition, locking: 'node-local' };
    expect(turns.waitMs(schedule, dueAtMs, IDLE)).toBe(0);
  });

  test('leaves what another node has at hand alone until it is to be tried again', () => {
    const { turns, schedule, dueAtMs } = turnsOf('first');
    schedule.retryAtMs = dueAtMs + 300;
    expect(turns.waitMs(schedule, dueAtMs, IDLE)).toBe(300);
    expect(turns.waitMs(schedule, dueAtMs + 300, IDLE)).toBe(0);
  });

  test('accounts at once for what falls due during a run of its own, unless that began late for the sake of others', () => {
    const { turns, schedule, dueAtMs } = turnsOf('second');
    const running = { state: 'running', liveCount: 1 };
    expect(turns.waitMs(schedule, dueAtMs, running)).toBe(0);
    schedule.isLateByTurn = true;
    expect(turns.waitMs(schedule, dueAtMs, running)).toBeGreaterThan(0);
  });

  test('holds back for half a second without room to run it soon', () => {
    const { turns, schedule, dueAtMs } = turnsOf('first');
    turns.worked(60 * SECOND);
    const full = { state: 'idle', liveCount: 2 };
    expect(turns.waitMs(schedule, dueAtMs, full)).toBe(100);
    expect(turns.waitMs(schedule, dueAtMs + 499, full)).toBe(100);
    expect(turns.waitMs(schedule, dueAtMs + 500, full)).toBe(0);
    expect(turns.waitMs(schedule, dueAtMs, { state: 'idle', liveCount: 1 })).toBe(0);
  });
});
