import { describe, expect, test } from 'vitest';
import { parseExpression } from '../../src/machines/calendar/expression.ts';
import { SharedCalendar } from '../../src/machines/calendar/recurrence.ts';
import type { DeclaredTimes } from '../../src/machines/schedule-entries.ts';
import type { ScheduleState } from '../../src/machines/schedule-state.ts';
import { follow } from '../../src/supervisor/schedules/live-schedule.ts';
import { define, every, VirtualEngine } from '../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;
const OWED = { runId: 'lost-run', scheduledAtMs: 3_000 };

/** A schedule that was created at 1 s and stood at 4 s, which a later supervisor adds. */
function added(changed: Partial<DeclaredTimes>, own: Partial<ScheduleState> = {}) {
  const node = new VirtualEngine();
  const definition = define('p/s', every(SECOND));
  const declared = { ...definition.times, ...changed };
  const counts = { runCount: 2, dueCount: 5, outcomes: { succeeded: 2, failed: 3 }, failuresInRow: 3 };
  const known = { key: 'p/s', createdAtMs: 1_000, declared, cursorMs: 4_000, owed: OWED, ...counts, ...own };
  return { node, nowMs: node.clock.nowMs(), schedule: node.engine.schedules.add(definition, known) };
}

describe('ScheduleBook', () => {
  test('takes a removed schedule back whose last run has not ended', async () => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs: 10 * SECOND, ignoresAbort: true });
    node.start(define('p/s', every(SECOND)));
    await node.clock.advance(1.5 * SECOND);
    node.engine.schedules.remove(node.engine.schedules.get('p/s'));
    node.engine.schedules.plan(node.engine.schedules.add(define('p/s', every(SECOND)), undefined));
    node.pool.script = () => ({ durationMs: 1 });
    await node.clock.advance(5 * SECOND);
    expect(node.outcomes('p/s')).toMatchObject({ aborted: 1 });
    expect(node.outcomes('p/s').succeeded).toBeGreaterThanOrEqual(3);
    expect(node.unaccounted()).toEqual([]);
    node.engine.schedules.remove(node.engine.schedules.get('p/s'));
    await node.clock.advance(5 * SECOND);
    expect([node.engine.schedules.statuses(), node.engine.queuedCount]).toEqual([[], 0]);
  });

  test.each([
    { isStoreShared: true, passedOver: 0 },
    { isStoreShared: false, passedOver: 3 * SECOND },
  ])('takes it back where the nodes have it that share it, and otherwise at the present (%o)', async (how) => {
    const node = new VirtualEngine(how);
    node.engine.nodeLease.extend(node.clock.monotonicMs() + HOUR);
    node.pool.script = () => ({ durationMs: 10 * SECOND, ignoresAbort: true });
    node.start(define('p/s', every(SECOND)));
    await node.clock.advance(SECOND);
    const { schedules } = node.engine;
    schedules.remove(schedules.get('p/s'));
    const { cursorMs } = schedules.get('p/s').state;
    node.clock.suspend(3 * SECOND);
    schedules.add(define('p/s', every(SECOND)), undefined);
    expect(schedules.get('p/s').state.cursorMs - cursorMs).toBe(how.passedOver);
    node.engine.close();
  });

  describe('when it adds a schedule that was known', () => {
    test('goes on where the schedule stood, with what it owes', () => {
      const { schedule } = added({});
      expect(schedule.state).toMatchObject({ cursorMs: 4_000, createdAtMs: 1_000, owed: OWED });
      expect(schedule).toMatchObject({ countsFromMs: 1_000, position: { cursorMs: 4_000, owed: OWED } });
    });

    test.each([
      ['expression', { cron: '7s' }],
      ['time zone', { timezone: 'Europe/Vienna' }],
      ['switch', { isEnabled: false }],
    ])('has missed and owes nothing where it had another %s', (_what, changed) => {
      const { node, nowMs, schedule } = added(changed);
      expect(schedule).toMatchObject({ countsFromMs: nowMs, state: { cursorMs: nowMs, createdAtMs: 1_000 } });
      expect([schedule.state.owed, schedule.position.owed]).toEqual([undefined, undefined]);
      node.engine.schedules.plan(schedule);
      expect(node.engine.nextDueAtMs).toBe(nowMs + SECOND);
    });

    test('does not fall back behind an occurrence that was claimed, unless the clock was set back', () => {
      const nowMs = new VirtualEngine().clock.nowMs();
      const cursorAfter = (cursorMs: number) => added({ cron: '7s' }, { cursorMs }).schedule.position.cursorMs;
      expect([cursorAfter(nowMs + 5_000), cursorAfter(nowMs + HOUR)]).toEqual([nowMs + 5_000, nowMs]);
    });

    test('keeps counts and pause', () => {
      const pause = { atMs: 5_000, note: 'maintenance' };
      const { schedule } = added({}, { pause });
      expect(schedule).toMatchObject({
        state: { dueCount: 5, runCount: 2, outcomes: { succeeded: 2, failed: 3 }, failuresInRow: 3, pause },
        rest: 'paused',
      });
      expect(added({}).schedule).toMatchObject({ rest: 'idle' });
    });

    test('resumes it for the probe of its pause', async () => {
      const { node, nowMs, schedule } = added({}, { pause: { atMs: 5_000 } });
      expect(node.engine.schedules.statuses()).toMatchObject([{ state: 'paused' }]);
      const probed = added({}, { pause: { atMs: 5_000, probeAtMs: nowMs + HOUR } });
      await probed.node.clock.advance(HOUR);
      expect([schedule.rest, probed.schedule.rest]).toEqual(['paused', 'idle']);
    });

    test('tells the store how it is declared now', () => {
      const { node, schedule } = added({ cron: '7s' });
      expect(node.ledger.schedule('p/s')).toMatchObject({
        declared: schedule.definition.times,
        cursorMs: schedule.state.cursorMs,
      });
    });
  });

  test('adds a schedule that was never known as one that has missed nothing', () => {
    const node = new VirtualEngine();
    const nowMs = node.clock.nowMs();
    const schedule = node.engine.schedules.add(define('p/s', every(SECOND)), undefined);
    expect(schedule).toMatchObject({
      countsFromMs: nowMs,
      rest: 'idle',
      state: { cursorMs: nowMs, createdAtMs: nowMs, dueCount: 0, outcomes: {} },
    });
  });

  test('shares what nodes have in common, and only where they share the store', () => {
    const isShared = (isStoreShared: boolean, locking: 'require-global' | 'prefer-global' | 'node-local'): boolean => {
      const { schedules } = new VirtualEngine({ isStoreShared }).engine;
      return schedules.add(define('p/s', every(SECOND), { locking }), undefined).isShared;
    };
    expect([isShared(true, 'require-global'), isShared(true, 'prefer-global')]).toEqual([true, true]);
    expect([isShared(true, 'node-local'), isShared(false, 'require-global')]).toEqual([false, false]);
  });

  describe('when it replaces a schedule', () => {
    /** An hourly schedule that owes a lost run, replaced 90 minutes after it was added. */
    const replacing = async (cron: string) => {
      const node = new VirtualEngine();
      const { schedules } = node.engine;
      const schedule = schedules.add(define('p/s', every(HOUR)), undefined);
      const startMs = node.clock.nowMs();
      follow(schedule, { ...schedule.state, owed: { runId: 'lost-run', scheduledAtMs: startMs - SECOND } });
      schedules.plan(schedule);
      await node.clock.advance(1.5 * HOUR);
      schedules.replace(schedule, define('p/s', every(HOUR), { times: { ...schedule.definition.times, cron } }));
      return { owes: schedule.position.owed?.runId, dueInMs: (node.engine.nextDueAtMs ?? 0) - startMs };
    };

    test('owes nothing of a calendar that is replaced, and goes on owing under one that stays', async () => {
      expect(await replacing('1s')).toEqual({ owes: 'lost-run', dueInMs: -SECOND });
      expect(await replacing('2s')).toEqual({ owes: undefined, dueInMs: 2 * HOUR });
    });

    test('starts the occurrence all the same that is being locked at that moment', async () => {
      const granting: (() => void)[] = [];
      const tryLock = async (key: string, ttlMs: number) => {
        await new Promise<void>((resolve) => granting.push(resolve));
        return { key, lockId: '1', ttlMs };
      };
      const node = new VirtualEngine({
        locking: { name: 'slow', tryLock, renew: async () => true, release: async () => {} },
      });
      node.start(define('p/s', every(HOUR)));
      await node.clock.advance(HOUR);
      node.engine.schedules.replace(node.engine.schedules.get('p/s'), define('p/s', every(HOUR)));
      while (granting.length > 0) {
        granting.shift()?.();
        await node.clock.settle();
      }
      await node.clock.advance(SECOND);
      expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
    });
  });

  test('forgets a schedule that is removed, unless other nodes may have it', async () => {
    const removing = async (isStoreShared: boolean) => {
      const node = new VirtualEngine({ isStoreShared });
      node.start(define('p/s', every(HOUR)));
      node.engine.schedules.remove(node.engine.schedules.get('p/s'));
      await node.clock.settle();
      return [node.engine.schedules.find('p/s'), node.engine.queuedCount, node.ledger.schedules().length];
    };
    expect(await removing(false)).toEqual([undefined, 0, 0]);
    expect(await removing(true)).toEqual([undefined, 0, 1]);
  });

  test('registers all schedules anew, as they are now, with a store that has lost them', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(SECOND)));
    await node.clock.advance(2.5 * SECOND);
    const before = node.ledger.schedule('p/s');
    node.ledger.apply({ kind: 'forgotten', key: 'p/s', atMs: node.clock.nowMs() });
    node.engine.schedules.registerAll();
    expect(node.ledger.schedule('p/s')).toMatchObject({ cursorMs: before?.cursorMs, declared: before?.declared });
  });
});

describe('a schedule that runs once after each start', () => {
  const times = { ...define('p/s', every(SECOND)).times, cron: '@reboot' };
  const reboot = (own = {}) => define('p/s', new SharedCalendar(parseExpression('@reboot'), 'UTC'), { times, ...own });

  test('runs when it is added, also to an engine that has run for long', async () => {
    const node = new VirtualEngine();
    node.start();
    await node.clock.advance(HOUR);
    node.engine.schedules.plan(node.engine.schedules.add(reboot(), undefined));
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
  });

  test('does not run again when a reload leaves it as it is', async () => {
    const node = new VirtualEngine();
    node.start(reboot());
    await node.clock.advance(SECOND);
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), reboot());
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
  });

  test('still runs when it is reloaded before its run could begin', async () => {
    const node = new VirtualEngine();
    node.start(reboot());
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), reboot());
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
  });

  test('runs when a reload makes it one, or enables it', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR), { times: { ...times, cron: '1h' } }));
    await node.clock.advance(SECOND);
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), reboot());
    await node.clock.advance(SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
    const disabled = reboot({ isEnabled: false, times: { ...times, isEnabled: false } });
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), disabled);
    await node.clock.advance(SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
    node.engine.schedules.replace(node.engine.schedules.get('p/s'), reboot());
    await node.clock.advance(SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 2 });
  });

  test('does not run in a supervisor thread that replaces one that died, unless it is new there', async () => {
    const node = new VirtualEngine();
    const { schedules } = node.engine;
    const known = (key: string) => ({ key, createdAtMs: 0, declared: times, cursorMs: 1, ...NOTHING_RUN });
    const earlier = new Map([['p/s', 1]]);
    schedules.plan(schedules.add(reboot(), known('p/s'), earlier));
    schedules.plan(schedules.add({ ...reboot(), key: 'p/new' }, undefined, earlier));
    node.start();
    await node.clock.advance(HOUR);
    // Its plugin was installed by an earlier process, and in this one only now.
    schedules.plan(schedules.add({ ...reboot(), key: 'p/later' }, known('p/later')));
    await node.clock.advance(HOUR);
    const outcomes = ['p/s', 'p/new', 'p/later'].map((key) => node.outcomes(key));
    expect(outcomes).toEqual([{}, { succeeded: 1 }, { succeeded: 1 }]);
  });
});

const NOTHING_RUN = { runCount: 0, dueCount: 0, outcomes: {}, failuresInRow: 0 };

describe('a schedule that is counted from when it was created', () => {
  test('follows another node that created it earlier', async () => {
    const node = new VirtualEngine({ isStoreShared: true });
    const calendar = new SharedCalendar(parseExpression('@every 7s'), 'UTC');
    await node.clock.advance(5 * SECOND);
    const schedule = node.engine.schedules.add(define('p/s', calendar), undefined);
    const nowMs = node.clock.nowMs();
    expect(calendar.next(nowMs)).toBe(nowMs + 7 * SECOND);
    follow(schedule, { ...schedule.state, createdAtMs: nowMs - 2 * SECOND });
    expect(calendar.next(nowMs)).toBe(nowMs + 5 * SECOND);
  });

  test('falls due by the count of that node, also when it waits for another instant already', async () => {
    const node = new VirtualEngine({ isStoreShared: true });
    node.engine.nodeLease.extend(node.clock.monotonicMs() + HOUR);
    const calendar = new SharedCalendar(parseExpression('@every 1h'), 'UTC');
    const createdAtMs = node.clock.nowMs() - HOUR + 2 * SECOND;
    node.start(define('p/s', calendar));
    const { state } = node.engine.schedules.get('p/s');
    node.engine.shared.observe([{ ...state, createdAtMs, cursorMs: createdAtMs }]);
    await node.clock.advance(3 * SECOND);
    expect(node.runs).toMatchObject([{ outcome: 'succeeded', scheduledAtMs: createdAtMs + HOUR }]);
  });
});
