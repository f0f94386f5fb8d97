import { describe, expect, onTestFinished, test } from 'vitest';
import { installationOf } from '../../../src/machines/run.ts';
import { fold, type ScheduleState } from '../../../src/machines/schedule-state.ts';
import { CatchUps } from '../../../src/supervisor/planning/catch-ups.ts';
import type { PoolPlaces, PoolUser } from '../../../src/supervisor/ports/run-pool.ts';
import { ScheduleActors } from '../../../src/supervisor/schedules/actor.ts';
import { type LiveSchedule, liveSchedule } from '../../../src/supervisor/schedules/live-schedule.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import type { PluginSource } from '../../../src/workers/protocol.ts';
import { registered } from '../../support/ledger-entries.ts';
import { define, every, missedRules } from '../../support/virtual-engine.ts';

const HOUR = 3_600_000;
const THREADS = 2;
const MAX_QUEUE = 10;
/** The threads, and half of the queue. */
const FOR_CATCH_UPS = THREADS + MAX_QUEUE / 2;
const CALLED_NEVER_BY_TIME = Number.POSITIVE_INFINITY;

function waiting(taken = FOR_CATCH_UPS) {
  const clock = new VirtualClock();
  const actors = new ScheduleActors(() => {});
  const called: string[] = [];
  const room = { thread: taken, process: taken };
  /** Runs that wait for a share, by their installation. */
  const held = new Map<string, number>();
  const places = ({ key, source: { isolation = 'thread', maxConcurrent } }: PoolUser): PoolPlaces => ({
    taken: room[isolation],
    held: (maxConcurrent && held.get(installationOf(key))) ?? 0,
    all: room[isolation] + [...held.values()].reduce((sum, count) => sum + count, 0),
    threads: THREADS,
    maxQueue: MAX_QUEUE,
  });
  const catchUps = new CatchUps({
    clock,
    actors,
    pool: { places },
    call: ({ definition }) => {
      // One that is called again and again would go on for ever.
      if (called.push(definition.key) > 100) throw new Error('called without an end');
    },
  });
  onTestFinished(() => catchUps.clear());
  const nowMs = clock.nowMs();
  const schedule = (key: string, policy = missedRules('run-all'), own: Partial<PluginSource> = {}): LiveSchedule => {
    const definition = define(key, every(HOUR), { missed: policy });
    const source = { ...definition.source, ...own };
    const state = fold(undefined, registered(nowMs, { key })) as ScheduleState;
    return liveSchedule({ ...definition, source }, state);
  };
  const missed = { scheduledAtMs: nowMs, dueAtMs: nowMs, trigger: 'catch-up' } as const;
  const onTime = { ...missed, trigger: 'clock' } as const;
  return { clock, actors, catchUps, room, held, called, schedule, missed, onTime, nowMs };
}

/** As a reload leaves it. */
function reloaded(schedule: LiveSchedule, own: Partial<PluginSource>): void {
  const { definition } = schedule;
  schedule.definition = { ...definition, source: { ...definition.source, ...own } };
}

describe('CatchUps', () => {
  test('lets a catch-up pass while there is room, and counts those that acquire what they need', () => {
    const { catchUps, actors, schedule, missed, nowMs } = waiting(FOR_CATCH_UPS - 1);
    expect(catchUps.waitUntil(schedule('p/a'), missed, nowMs)).toBe(null);
    actors.acquiringCount = 1;
    expect(catchUps.waitUntil(schedule('p/b'), missed, nowMs)).toBe(CALLED_NEVER_BY_TIME);
  });

  test('leaves half of the queue to what is on time, and all of it to run-all', () => {
    const { catchUps, room, schedule, missed, onTime, nowMs } = waiting();
    expect(catchUps.waitUntil(schedule('p/late'), missed, nowMs)).toBe(CALLED_NEVER_BY_TIME);
    expect(catchUps.waitUntil(schedule('p/all'), onTime, nowMs)).toBe(null);
    room.thread = THREADS + MAX_QUEUE;
    expect(catchUps.waitUntil(schedule('p/all'), onTime, nowMs)).toBe(CALLED_NEVER_BY_TIME);
    expect(catchUps.waitUntil(schedule('p/once', missedRules('run-once')), onTime, nowMs)).toBe(null);
  });

  test('calls those that wait in their order, as many as there is room for, and lets nobody pass them', () => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    const schedules = ['p/b', 'p/a', 'p/c'].map((key) => schedule(key));
    for (const each of schedules) catchUps.waitUntil(each, missed, nowMs);
    room.thread -= 2;
    expect(catchUps.waitUntil(schedule('p/d'), missed, nowMs)).toBe(CALLED_NEVER_BY_TIME);
    catchUps.callNext();
    catchUps.callNext();
    expect(called).toEqual(['p/b', 'p/a']);
    expect(schedules.map((each) => catchUps.isWaiting(each))).toEqual([false, false, true]);
  });

  test('keeps the place of one that was called until it answers', () => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    const [first, second] = [schedule('p/a'), schedule('p/b')] as const;
    for (const each of [first, second]) catchUps.waitUntil(each, missed, nowMs);
    room.thread -= 1;
    catchUps.callNext();
    catchUps.callNext();
    expect(called).toEqual(['p/a']);
    expect([catchUps.answered(first), catchUps.answered(first)]).toEqual([true, false]);
    catchUps.callNext();
    expect(called).toEqual(['p/a', 'p/b']);
  });

  test('forgets one that leaves, called or not', () => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    const [first, second] = [schedule('p/a'), schedule('p/b')] as const;
    for (const each of [first, second]) catchUps.waitUntil(each, missed, nowMs);
    catchUps.leave(first);
    room.thread -= 1;
    catchUps.callNext();
    catchUps.leave(second);
    expect([called, catchUps.isWaiting(first), catchUps.answered(second)]).toEqual([['p/b'], false, false]);
  });

  test('does not let runs of threads wait for room that processes lack', () => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    catchUps.waitUntil(schedule('p/process', undefined, { isolation: 'process' }), missed, nowMs);
    catchUps.waitUntil(schedule('p/thread', undefined, { isolation: 'thread' }), missed, nowMs);
    room.thread = 0;
    expect(catchUps.waitUntil(schedule('p/other', undefined, { isolation: 'thread' }), missed, nowMs)).toBe(
      CALLED_NEVER_BY_TIME,
    );
    catchUps.callNext();
    expect(called).toEqual(['p/thread', 'p/other']);
  });

  test('counts what waits for the own share, and what waits for all of them while more than one would wait', () => {
    const { catchUps, room, held, schedule, missed, onTime, nowMs } = waiting(1);
    const own = schedule('x/a', undefined, { maxConcurrent: 2 });
    held.set('y', 200);
    expect([missed, onTime].map((run) => catchUps.waitUntil(own, run, nowMs))).toEqual([null, null]);
    held.set('x', 1);
    expect([missed, onTime].map((run) => catchUps.waitUntil(own, run, nowMs))).toEqual([CALLED_NEVER_BY_TIME, null]);
    catchUps.leave(own);
    held.delete('y');
    expect(catchUps.waitUntil(own, missed, nowMs)).toBe(null);
    held.set('x', FOR_CATCH_UPS - room.thread);
    expect(catchUps.waitUntil(own, missed, nowMs)).toBe(CALLED_NEVER_BY_TIME);
    expect(catchUps.waitUntil(schedule('z/a'), missed, nowMs)).toBe(null);
  });

  test('lets tenants take turns, and the shares of each, and those pass whose share has room', () => {
    const { catchUps, room, held, called, schedule, missed, nowMs } = waiting();
    const enter = (tenantId: string, installation: string, count: number, maxConcurrent?: number): void => {
      for (let index = 0; index < count; index += 1) {
        const own = { tenantId, ...(maxConcurrent !== undefined && { maxConcurrent }) };
        catchUps.waitUntil(schedule(`${installation}/${index}`, undefined, own), missed, nowMs);
      }
    };
    enter('a', 'p@a', 3);
    enter('a', 'q@a', 2, 2);
    enter('b', 'p@b', 2, 2);
    enter('c', 'p@c', 1);
    enter('d', 'p@d', 1, 2);
    held.set('p@d', FOR_CATCH_UPS);
    room.thread = 2;
    catchUps.callNext();
    expect(called).toEqual(['p@a/0', 'p@b/0', 'p@c/0', 'q@a/0', 'p@b/1']);
    held.clear();
    room.thread = 0;
    catchUps.callNext();
    expect(called.slice(5)).toEqual(['p@d/0', 'p@a/1']);
  });

  test('calls one once that was reloaded while it waited, and it keeps its place', () => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    const [first, second] = ['p/a', 'p/b'].map((key) => schedule(key, undefined, { maxConcurrent: 2 })) as [
      LiveSchedule,
      LiveSchedule,
    ];
    for (const each of [first, second]) catchUps.waitUntil(each, missed, nowMs);
    reloaded(first, { id: 'plugin-7' });
    expect(catchUps.waitUntil(first, missed, nowMs)).toBe(CALLED_NEVER_BY_TIME);
    room.thread = 0;
    catchUps.callNext();
    expect(called).toEqual(['p/a', 'p/b']);
    expect([first, second].map((each) => catchUps.isWaiting(each))).toEqual([false, false]);
  });

  test.each<[Partial<PluginSource>, string[]]>([
    [{ maxConcurrent: 2 }, ['p/a', 'p/b']],
    [{ isolation: 'process' }, ['p/b']],
  ])('has one wait for what it needs since it was reloaded: %j', (own, expected) => {
    const { catchUps, room, called, schedule, missed, nowMs } = waiting();
    const [reborn, other] = [schedule('p/a'), schedule('p/b')] as const;
    for (const each of [reborn, other]) catchUps.waitUntil(each, missed, nowMs);
    reloaded(reborn, own);
    catchUps.waitUntil(reborn, missed, nowMs);
    room.thread = 0;
    catchUps.callNext();
    expect(called.toSorted()).toEqual(expected);
    catchUps.leave(reborn);
    expect([reborn, other].map((each) => catchUps.isWaiting(each))).toEqual([false, false]);
  });

  test('looks for room that no run has made', async () => {
    const { catchUps, clock, room, called, schedule, missed, nowMs } = waiting();
    catchUps.waitUntil(schedule('p/a'), missed, nowMs);
    await clock.advance(10_000);
    room.thread = 0;
    await clock.advance(500);
    expect(called).toEqual(['p/a']);
  });

  test('sends run-once on with its next occurrence, which need not wait', () => {
    const { catchUps, schedule, missed, nowMs } = waiting();
    expect(catchUps.waitUntil(schedule('p/once', missedRules('run-once')), missed, nowMs)).toBe(
      Math.floor(nowMs / HOUR) * HOUR + HOUR,
    );
  });

  test('lets the jitter pass first, once for all that a schedule has missed', () => {
    const { catchUps, schedule, missed, nowMs } = waiting(0);
    const own = schedule('p/a');
    const dueAt = (occurrenceMs: number) => occurrenceMs + 60_000;
    own.definition = {
      ...own.definition,
      declared: { ...own.definition.declared, jitterMs: 60_000 },
      recurrence: { ...every(HOUR), dueAt },
    };
    expect(catchUps.waitUntil(own, missed, nowMs)).toBe(nowMs + 60_000);
    expect(catchUps.waitUntil(own, missed, nowMs + 59_999)).toBe(nowMs + 60_000);
    expect(catchUps.waitUntil(own, missed, nowMs + 60_000)).toBe(null);
    expect(catchUps.waitUntil(own, { ...missed, scheduledAtMs: nowMs + HOUR }, nowMs + 60_001)).toBe(null);
  });
});
