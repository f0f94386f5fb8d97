import { describe, expect, test } from 'vitest';
import { MemoryLocking } from '../../../src/backends/memory/memory-locking.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { Capacity } from '../../../src/supervisor/cluster/capacity.ts';
import { Cluster } from '../../../src/supervisor/cluster/cluster.ts';
import { Turns } from '../../../src/supervisor/cluster/turns.ts';
import type { Instant } from '../../../src/supervisor/ports/clock.ts';
import { ScheduleActors } from '../../../src/supervisor/schedules/actor.ts';
import { follow, type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { registered } from '../../support/ledger-entries.ts';
import { define, every } from '../../support/virtual-engine.ts';
import { VirtualPool } from '../../support/virtual-pool.ts';

const SECOND = 1_000;

/** Machines of which the schedule's is in `state`, while so many are not at rest. */
class StagedActors extends ScheduleActors {
  readonly #state: string;
  readonly #staged: number;

  constructor(state: string, liveCount: number) {
    super(() => {});
    this.#state = state;
    this.#staged = liveCount;
  }

  override get liveCount(): number {
    return this.#staged;
  }

  override stateOf(): string {
    return this.#state;
  }
}

/** An instant of a machine whose clocks happen to say the same. */
const at = (ms: number): Instant => ({ wallMs: ms, monotonicMs: ms });

const IDLE = new StagedActors('idle', 0);

/**
 * What a node with two threads does about a schedule of every second that has just fallen due, when it goes first or
 * second.
 */
function turnsOf(turn: 'first' | 'second', { nodes = 2 } = {}) {
  const clock = new VirtualClock();
  const cluster = new Cluster({ clock, nodeId: 'a', locking: null });
  cluster.observed(['a', 'b'].slice(0, nodes), { nowMs: 0, askedAtMonotonicMs: 0, answeredAtMonotonicMs: 0 });
  const scheduleOf = (key: string): LiveSchedule =>
    liveSchedule(define(key, every(SECOND)), fold(undefined, registered(clock.nowMs(), { key })) as ScheduleState);
  let schedule = scheduleOf('p/s');
  const dueAtMs = clock.nowMs() + SECOND;
  const isFirst = (): boolean => cluster.turnDelayMs(schedule.definition.key, dueAtMs, dueAtMs) === 0;
  for (let index = 0; isFirst() !== (turn === 'first' || nodes === 1); index++) schedule = scheduleOf(`p/s${index}`);
  const capacity = new Capacity(new VirtualPool(clock, 2));
  return { turns: new Turns(cluster, capacity), capacity, schedule, dueAtMs };
}

describe('Turns', () => {
  test('lets the first node try at once, and the next a moment later', () => {
    const first = turnsOf('first');
    expect(first.turns.waitMs(first.schedule, at(first.dueAtMs), IDLE)).toBe(0);
    const second = turnsOf('second');
    const waitMs = second.turns.waitMs(second.schedule, at(second.dueAtMs), IDLE);
    expect(waitMs).toBeGreaterThan(0);
    expect(second.turns.waitMs(second.schedule, at(second.dueAtMs + waitMs), IDLE)).toBe(0);
  });

  test('leaves nothing to others where there are none, however busy it is', () => {
    const { turns, capacity, schedule, dueAtMs } = turnsOf('first', { nodes: 1 });
    capacity.ended(60 * SECOND);
    expect(turns.waitMs(schedule, at(dueAtMs), new StagedActors('locking', 50))).toBe(0);
  });

  test('leaves nothing to nodes that do not have the schedule, however busy it is', async () => {
    const { schedule, capacity, dueAtMs } = turnsOf('second');
    const clock = new VirtualClock();
    const locking = new MemoryLocking(clock);
    await locking.announce({ nodeId: 'b', ttlMs: 60 * SECOND, group: { id: 'of b', keys: ['p/other'] } });
    const cluster = new Cluster({ clock, nodeId: 'a', locking, ownGroup: () => ({ id: '', size: 0, keys: () => [] }) });
    cluster.start();
    await clock.settle();
    expect(cluster.nodeIds).toHaveLength(2);
    capacity.ended(60 * SECOND);
    expect(new Turns(cluster, capacity).waitMs(schedule, at(dueAtMs), new StagedActors('locking', 50))).toBe(0);
    await cluster.close();
  });

  test('lets nobody go first with a lost run that is owed, nor with what is its own', () => {
    const { turns, schedule, dueAtMs } = turnsOf('second');
    const { state } = schedule;
    follow(schedule, { ...state, owed: { runId: 'lost-run', scheduledAtMs: dueAtMs - SECOND } });
    expect(turns.waitMs(schedule, at(dueAtMs), IDLE)).toBe(0);
    follow(schedule, state);
    expect(turns.waitMs(schedule, at(dueAtMs), IDLE)).toBeGreaterThan(0);
    schedule.definition = { ...schedule.definition, locking: 'node-local' };
    expect(turns.waitMs(schedule, at(dueAtMs), IDLE)).toBe(0);
  });

  test.each([1, 2])('leaves alone what another node is working on until its retry, with %i nodes', (nodes) => {
    const { turns, schedule, dueAtMs } = turnsOf('first', { nodes });
    schedule.retryAtMs = dueAtMs + 300;
    expect(turns.waitMs(schedule, at(dueAtMs), IDLE)).toBe(300);
    expect(turns.waitMs(schedule, at(dueAtMs + 300), IDLE)).toBe(0);
  });

  test('records at once what falls due during its own run, unless that run began late because others went first', () => {
    const { turns, schedule, dueAtMs } = turnsOf('second');
    const running = new StagedActors('running', 1);
    expect(turns.waitMs(schedule, at(dueAtMs), running)).toBe(0);
    schedule.isLateByTurn = true;
    expect(turns.waitMs(schedule, at(dueAtMs), running)).toBeGreaterThan(0);
  });

  test('takes a schedule that is being locked for one that runs elsewhere, and holds back', () => {
    const { turns, schedule, dueAtMs } = turnsOf('first');
    expect(turns.waitMs(schedule, at(dueAtMs), new StagedActors('locking', 1))).toBe(100);
  });

  test('holds back for half a second without room to run it soon', () => {
    const { turns, capacity, schedule, dueAtMs } = turnsOf('first');
    capacity.ended(60 * SECOND);
    const full = new StagedActors('idle', 2);
    expect(turns.waitMs(schedule, at(dueAtMs), full)).toBe(100);
    expect(turns.waitMs(schedule, at(dueAtMs + 499), full)).toBe(100);
    expect(turns.waitMs(schedule, at(dueAtMs + 500), full)).toBe(0);
    expect(turns.waitMs(schedule, at(dueAtMs), new StagedActors('idle', 1))).toBe(0);
  });
});
