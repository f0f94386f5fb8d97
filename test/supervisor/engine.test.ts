import { describe, expect, test, vi } from 'vitest';
import { MemoryLocking } from '../../src/backends/memory/memory-locking.ts';
import type { LockHandle, LockingPlugin } from '../../src/supervisor/ports/locking.ts';
import type { StopReport } from '../../src/supervisor/scheduler-reports.ts';
import { follow } from '../../src/supervisor/schedules/live-schedule.ts';
import { define, every, missedRules, VirtualEngine } from '../support/virtual-engine.ts';

const SECOND = 1_000;
const HOUR = 3_600_000;

describe('engine', () => {
  test('runs every occurrence at its instant', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(SECOND)));
    const startMs = node.clock.nowMs();
    await node.clock.advance(10 * SECOND);
    expect(node.runs.map(({ startedAtMs }) => startedAtMs - startMs)).toEqual(
      [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => n * SECOND),
    );
    expect(node.runs.every(({ outcome, lateness }) => outcome === 'succeeded' && lateness.totalMs === 0)).toBe(true);
    expect(node.unaccounted()).toEqual([]);
  });

  test('counts what falls due during a run as overlap, and runs the next', async () => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs: 2_500 });
    node.start(define('p/s', every(SECOND)));
    await node.clock.advance(6.9 * SECOND);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 2, overlap: 4 });
    expect(node.unaccounted()).toEqual([]);
  });

  test.each([
    [2_500, SECOND],
    [250, 10],
    [35, 10],
  ])('accounts for all that falls due beside runs of %i ms, every %i ms', async (durationMs, everyMs) => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs });
    node.start(define('p/s', every(everyMs)));
    await node.clock.advance(5 * durationMs);
    expect(node.runs.length).toBeGreaterThanOrEqual(3);
    expect(node.unaccounted()).toEqual([]);
    for (const { startedAtMs, finishedAtMs } of node.runs) {
      expect(node.runs.filter(({ dueAtMs }) => dueAtMs > startedAtMs && dueAtMs < finishedAtMs)).toEqual([]);
    }
  });

  test('counts overlaps of a fast schedule when its run has ended, or after a tenth of a second', async () => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs: 255 });
    node.start(define('p/s', every(10)));
    await node.clock.advance(10);
    await node.clock.advance(90);
    expect(node.outcomes('p/s').overlap).toBeUndefined();
    await node.clock.advance(20);
    expect(node.outcomes('p/s').overlap).toBe(11);
    await node.clock.advance(150);
    expect(node.outcomes('p/s')).toMatchObject({ succeeded: 1, overlap: 25 });
    expect(node.unaccounted()).toEqual([]);
  });

  test('starts the occurrences of one tick by priority, then plugin, then schedule', async () => {
    const node = new VirtualEngine({ threads: 1 });
    node.start(
      define('b/x', every(SECOND)),
      define('a/z', every(SECOND)),
      define('a/y', every(SECOND)),
      define('c/first', every(SECOND), { priority: 1 }),
    );
    await node.clock.advance(1.5 * SECOND);
    expect(node.runs.map(({ key }) => key)).toEqual(['c/first', 'a/y', 'a/z', 'b/x']);
  });

  test('ends what overflows the queue as pool-full', async () => {
    const node = new VirtualEngine({ threads: 1, maxQueue: 1 });
    node.pool.script = () => ({ durationMs: 300 });
    node.start(define('a/s', every(SECOND)), define('b/s', every(SECOND)), define('c/s', every(SECOND)));
    await node.clock.advance(1.9 * SECOND);
    const outcomes = ['a/s', 'b/s', 'c/s'].map((key) => node.outcomes(key));
    expect(outcomes).toEqual([{ succeeded: 1 }, { succeeded: 1 }, { 'pool-full': 1 }]);
  });

  test('runs what is due again, in another pass and never early, when the wall clock steps back', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(60 * SECOND)));
    await node.clock.advance(10 * 60 * SECOND + 100);
    const before = node.runs.length;
    node.clock.stepWall(-HOUR);
    await node.clock.advance(HOUR - SECOND);
    expect(node.runs.length).toBe(before + 59);
    await node.clock.advance(61 * SECOND);
    const again = node.runs.slice(before).filter(({ pass }) => pass === 2);
    const instants = again.map(({ scheduledAtMs }) => scheduledAtMs);
    expect(instants).toEqual([...new Set(instants)].sort((a, b) => a - b));
    expect(instants.length).toBe(60);
    expect(node.runs.length).toBe(before + 61);
    expect(node.runs.every(({ startedAtMs, dueAtMs }) => startedAtMs >= dueAtMs)).toBe(true);
    expect(node.warnings.map(({ code }) => code)).toContain('clock-jumped');
  });

  test('sees a wall clock that steps forward within one bounded sleep, and catches up once', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(60 * SECOND);
    node.clock.stepWall(10 * HOUR);
    await node.clock.advance(2 * SECOND);
    expect(node.runs.map(({ trigger }) => trigger)).toEqual(['catch-up']);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1, 'missed-skipped': 9 });
    expect(node.unaccounted()).toEqual([]);
  });

  test('works off all that a suspended machine missed, oldest first, under run-all', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR), { missed: missedRules('run-all') }));
    const startMs = node.clock.nowMs();
    node.clock.suspend(5 * HOUR + 120 * SECOND);
    await node.clock.advance(2 * SECOND);
    expect(node.runs.map(({ scheduledAtMs }) => (scheduledAtMs - startMs) / HOUR)).toEqual([1, 2, 3, 4, 5]);
    expect(node.runs.every(({ isCatchup }) => isCatchup)).toBe(true);
    await node.clock.advance(HOUR);
    expect(node.runs.at(-1)?.trigger).toBe('clock');
  });

  test('drops and counts what was missed under skip', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR), { missed: missedRules('skip') }));
    node.clock.suspend(5 * HOUR + 120 * SECOND);
    await node.clock.advance(2 * SECOND);
    expect(node.runs).toEqual([]);
    expect(node.decisions).toMatchObject([{ outcome: 'missed-skipped', count: 5 }]);
  });

  test('does not run what fell due during a pause', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR)));
    await node.engine.pause('p/s');
    await node.clock.advance(3 * HOUR + 60 * SECOND);
    await node.engine.resume('p/s');
    await node.clock.advance(60 * SECOND);
    expect(node.runs).toEqual([]);
    await node.clock.advance(HOUR);
    expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
  });

  test('aborts a queued run when its schedule is paused, and lets an executing one finish', async () => {
    const node = new VirtualEngine({ threads: 1 });
    node.pool.script = () => ({ durationMs: 500 });
    node.start(define('a/s', every(SECOND)), define('b/s', every(SECOND)));
    await node.clock.advance(1.1 * SECOND);
    await Promise.all([node.engine.pause('a/s'), node.engine.pause('b/s')]);
    await node.clock.advance(SECOND);
    expect([node.outcomes('a/s'), node.outcomes('b/s')]).toEqual([{ succeeded: 1 }, { aborted: 1 }]);
  });

  test('triggers a paused schedule by hand, and refuses one that runs', async () => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs: 500 });
    node.start(define('p/s', every(HOUR)));
    await node.engine.pause('p/s');
    const runId = node.engine.trigger('p/s');
    await node.clock.advance(100);
    expect(() => node.engine.trigger('p/s')).toThrowError(
      expect.objectContaining({ code: 'ERR_ESCAPEMENT_SCHEDULE_BUSY' }),
    );
    await node.clock.advance(SECOND);
    expect(node.runs).toMatchObject([{ runId, trigger: 'manual', outcome: 'succeeded' }]);
    expect(node.engine.schedules.statuses()).toMatchObject([{ state: 'paused', nextOccurrenceAtMs: null }]);
  });

  test('runs nothing beside a quarantined thread', async () => {
    const node = new VirtualEngine();
    node.pool.script = () => ({ durationMs: 100, outcome: 'timed-out', quarantinedForMs: 3_000 });
    node.start(define('p/s', every(SECOND)));
    await node.clock.advance(4 * SECOND);
    expect(node.outcomes('p/s')).toEqual({ 'timed-out': 1, overlap: 3 });
    expect(node.engine.schedules.statuses()[0]?.state).toBe('quarantined');
    await node.clock.advance(1.2 * SECOND);
    expect(node.outcomes('p/s')['timed-out']).toBe(2);
  });

  test('faults a schedule whose recurrence does not work, and nothing else', async () => {
    const node = new VirtualEngine();
    let calls = 0;
    const broken = {
      ...every(SECOND),
      next: (fromMs: number) => (++calls > 3 ? Number.NaN : every(SECOND).next(fromMs)),
    };
    const guarded = {
      ...broken,
      next: (fromMs: number) => {
        const nextMs = broken.next(fromMs);
        if (!(nextMs > fromMs)) throw new Error('did not advance');
        return nextMs;
      },
    };
    node.start(define('bad/s', guarded), define('good/s', every(SECOND)));
    await node.clock.advance(9.9 * SECOND);
    expect(node.engine.schedules.statuses()).toMatchObject([
      { key: 'bad/s', state: 'faulted', faultReason: 'did not advance' },
      { key: 'good/s', state: 'idle', outcomes: { succeeded: 9 } },
    ]);
  });

  test('says at every wake-up that it is at work, whatever falls due', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(HOUR)));
    await node.clock.advance(10.5 * SECOND);
    expect(node.beats).toBe(10);
  });

  test('leaves what its store has had already, and runs the next one on time', async () => {
    const node = new VirtualEngine();
    node.start(define('p/s', every(200)));
    const startMs = node.clock.nowMs();
    node.ledger.apply({ kind: 'moved', key: 'p/s', cursorMs: startMs + 200 });
    await node.clock.advance(450);
    expect(node.outcomes('p/s')).toEqual({ contended: 1, succeeded: 1 });
    expect(node.runs).toMatchObject([{ scheduledAtMs: startMs + 400, startedAtMs: startMs + 400 }]);
  });

  describe('that owes a lost run and may not make up for it', () => {
    /** What is written about an hourly schedule under `skip` from when it is planned. */
    const writing = () => {
      const node = new VirtualEngine();
      const schedule = node.engine.schedules.add(
        define('p/s', every(HOUR), { missed: missedRules('skip') }),
        undefined,
      );
      follow(schedule, { ...schedule.state, owed: { runId: 'lost-run', scheduledAtMs: 0 } });
      node.engine.schedules.plan(schedule);
      const write = vi.spyOn(node.store, 'write');
      return { node, schedule, kinds: () => write.mock.calls.map(([{ kind }]) => kind) };
    };

    test('writes that it is given up when nothing else is written', async () => {
      const { node, schedule, kinds } = writing();
      node.engine.start();
      await node.clock.advance(SECOND);
      expect(kinds()).toEqual(['moved']);
      expect([schedule.position.owed, schedule.state.owed]).toEqual([undefined, undefined]);
      expect(node.outcomes('p/s')).toEqual({});
    });

    test('does not write it apart from occurrences that are skipped, since they say it too', async () => {
      const { node, schedule, kinds } = writing();
      node.clock.suspend(1.5 * HOUR);
      node.engine.start();
      await node.clock.advance(SECOND);
      expect(kinds()).toEqual(['decided']);
      expect([schedule.position.owed, schedule.state.owed]).toEqual([undefined, undefined]);
      expect(node.decisions).toMatchObject([{ outcome: 'missed-skipped', count: 1 }]);
    });

    test('does not write it again and again while planning has run ahead', () => {
      const { node, schedule, kinds } = writing();
      const { cursorMs, owed } = schedule.state;
      schedule.position = { cursorMs: cursorMs + SECOND, ...(owed && { owed }) };
      node.engine.carryOut(schedule, { skipped: [], backlog: null, isBehind: false });
      expect(kinds()).toEqual(['moved']);
      expect([schedule.position.owed, schedule.state.owed]).toEqual([undefined, undefined]);
    });
  });

  test('starts ten thousand schedules of one second without losing one', async () => {
    const node = new VirtualEngine({ threads: 100 });
    const definitions = Array.from({ length: 10_000 }, (_, index) => define(`p/s${index}`, every(60 * SECOND)));
    node.start(...definitions);
    await node.clock.advance(61 * SECOND);
    expect(node.runs.length).toBe(10_000);
    expect(node.unaccounted()).toEqual([]);
  });

  describe('when it is stopped', () => {
    test('lets runs finish, aborts those that wait, and tells which', async () => {
      const node = new VirtualEngine({ threads: 1 });
      node.pool.script = () => ({ durationMs: 500 });
      node.start(define('a/s', every(SECOND)), define('b/s', every(SECOND)));
      await node.clock.advance(1.1 * SECOND);
      const stopped = node.engine.stop(10 * SECOND);
      await node.clock.advance(SECOND);
      expect(await stopped).toMatchObject({ finished: [{ key: 'a/s' }], aborted: [{ key: 'b/s' }], killed: [] });
      await node.clock.advance(10 * SECOND);
      expect(node.runs.length).toBe(2);
    });

    test('lets a run finish whose thread loads its plugin', async () => {
      const node = new VirtualEngine({ threads: 1 });
      node.pool.script = () => ({ loadMs: 3 * SECOND, durationMs: 500 });
      node.start(define('a/s', every(SECOND)), define('b/s', every(SECOND)));
      await node.clock.advance(1.1 * SECOND);
      const stopped = node.engine.stop(10 * SECOND);
      await node.clock.advance(4 * SECOND);
      expect(await stopped).toMatchObject({ finished: [{ key: 'a/s' }], aborted: [{ key: 'b/s' }], killed: [] });
      expect(node.outcomes('a/s')).toEqual({ succeeded: 1 });
    });

    test('aborts a run that still loads when the time is over', async () => {
      const node = new VirtualEngine();
      node.pool.script = () => ({ loadMs: HOUR, durationMs: 500 });
      node.start(define('p/s', every(SECOND)));
      await node.clock.advance(1.1 * SECOND);
      const stopped = node.engine.stop(10 * SECOND);
      await node.clock.advance(9 * SECOND);
      expect(node.runs).toEqual([]);
      await node.clock.advance(2 * SECOND);
      expect(await stopped).toMatchObject({ finished: [], aborted: [{ key: 'p/s' }], killed: [] });
    });

    test('aborts what does not finish in time, and kills what ignores that', async () => {
      const node = new VirtualEngine();
      node.pool.script = ({ data }) => ({ durationMs: HOUR, ignoresAbort: data.scheduleId === 'deaf' });
      node.start(define('p/s', every(SECOND)), define('p/deaf', every(SECOND)));
      await node.clock.advance(1.1 * SECOND);
      const stopped = node.engine.stop(2 * SECOND);
      await node.clock.advance(5 * SECOND);
      expect(await stopped).toMatchObject({ finished: [], aborted: [{ key: 'p/s' }], killed: [{ key: 'p/deaf' }] });
    });
  });

  test.each(Array.from({ length: 14 }, (_, turn) => turn))(
    'counts a run as finished when it is stopped %i turns after the run is reported',
    async (turn) => {
      const node = new VirtualEngine();
      const startMs = node.clock.nowMs();
      const { promise, resolve } = Promise.withResolvers<StopReport>();
      node.onEvent = async ({ type }) => {
        if (type !== 'run') return;
        for (let passed = 0; passed < turn; passed++) await null;
        resolve(node.engine.stop(5 * SECOND));
      };
      node.start(define('p/s', every(SECOND)));
      await node.clock.advance(1.5 * SECOND);
      expect((await node.clock.advanceUntil(promise)).killed).toEqual([]);
      expect(node.clock.nowMs() - startMs).toBeLessThan(2 * SECOND);
    },
  );

  describe('with a lock backend', () => {
    const acquired = async (node: VirtualEngine, hint: 'require-global' | 'prefer-global' | 'node-local') => {
      node.start(define('p/s', every(SECOND), { locking: hint }));
      await node.clock.advance(1.5 * SECOND);
      return node.outcomes('p/s');
    };

    test('accounts for what runs although the store that nodes share cannot take its claim', async () => {
      const node = new VirtualEngine({ isStoreShared: true });
      node.engine.nodeLease.extend(node.clock.monotonicMs() + HOUR);
      const write = node.store.write.bind(node.store);
      node.store.write = async (entry) => {
        if (entry.kind === 'claimed') throw new Error('store away');
        return write(entry);
      };
      expect(await acquired(node, 'prefer-global')).toEqual({ succeeded: 1 });
      expect(node.unaccounted()).toEqual([]);
    });

    test('hands the fencing token to the run', async () => {
      const node = new VirtualEngine();
      const locked = new VirtualEngine({ locking: new MemoryLocking(node.clock) });
      await acquired(locked, 'require-global');
      await locked.clock.advance(SECOND);
      const tokens = locked.runs.map(({ fencingToken }) => Number(fencingToken));
      expect(tokens.length).toBe(2);
      expect(tokens[1]).toBeGreaterThan(tokens[0] as number);
    });

    test('does not run what another node has', async () => {
      const taken = { name: 'taken', tryLock: async () => null, renew: async () => true, release: async () => {} };
      const node = new VirtualEngine({ locking: taken });
      expect(await acquired(node, 'require-global')).toEqual({ contended: 1 });
      expect(node.unaccounted()).toEqual([]);
    });

    test('leaves the pending occurrence alone when a trigger by hand is refused', async () => {
      const taken = { name: 'taken', tryLock: async () => null, renew: async () => true, release: async () => {} };
      const node = new VirtualEngine({ locking: taken });
      const late = { ...every(HOUR), dueAt: (occurrenceMs: number) => occurrenceMs + 7 * 60 * SECOND };
      node.start(define('p/s', late));
      await node.clock.advance(HOUR + 3 * 60 * SECOND);
      node.engine.trigger('p/s');
      await node.clock.advance(5 * 60 * SECOND);
      expect(node.outcomes('p/s')).toEqual({ contended: 2 });
      expect(node.decisions.map(({ isManual }) => isManual)).toEqual([true, undefined]);
      expect(node.unaccounted()).toEqual([]);
    });

    test('runs without a broken backend only what does not require it', async () => {
      const fail = async (): Promise<never> => Promise.reject(new Error('backend away'));
      const broken = { name: 'broken', tryLock: fail, renew: fail, release: fail };
      const required = new VirtualEngine({ locking: broken });
      await acquired(required, 'require-global');
      await required.clock.advance(0.4 * SECOND);
      expect(required.outcomes('p/s')).toEqual({ 'lock-error': 1 });
      expect(await acquired(new VirtualEngine({ locking: broken }), 'prefer-global')).toEqual({ succeeded: 1 });
      expect(await acquired(new VirtualEngine({ locking: broken }), 'node-local')).toEqual({ succeeded: 1 });
    });

    test('takes the lock for what would rather have one, and does not run what another node has', async () => {
      const node = new VirtualEngine({ locking: new MemoryLocking(new VirtualEngine().clock) });
      expect(await acquired(node, 'prefer-global')).toEqual({ succeeded: 1 });
      expect(node.runs[0]?.fencingToken).toBeDefined();
      const taken = { name: 'taken', tryLock: async () => null, renew: async () => true, release: async () => {} };
      expect(await acquired(new VirtualEngine({ locking: taken }), 'prefer-global')).toEqual({ contended: 1 });
    });

    test('asks a broken backend again while the occurrence is fresh, and runs when it is back', async () => {
      const locking = new MemoryLocking(new VirtualEngine().clock);
      const isBack = { yet: false };
      const tryLock = (key: string, ttlMs: number) =>
        isBack.yet ? locking.tryLock(key, ttlMs) : Promise.reject(new Error('backend away'));
      const renew = (handle: LockHandle) => locking.renew(handle);
      const recovering = new VirtualEngine({
        locking: { name: 'recovering', tryLock, renew, release: async () => {} },
      });
      recovering.start(define('p/s', every(HOUR)));
      await recovering.clock.advance(HOUR + 10 * SECOND);
      expect(recovering.outcomes('p/s')).toEqual({});
      isBack.yet = true;
      await recovering.clock.advance(SECOND);
      expect(recovering.outcomes('p/s')).toEqual({ succeeded: 1 });
      expect(recovering.runs[0]?.lateness.lockMs).toBeGreaterThan(9_000);
    });

    test('asks a broken backend for as long when the occurrence was found late', async () => {
      const locking = new MemoryLocking(new VirtualEngine().clock);
      const isBack = { yet: false };
      const tryLock = (key: string, ttlMs: number) =>
        isBack.yet ? locking.tryLock(key, ttlMs) : Promise.reject(new Error('backend away'));
      const node = new VirtualEngine({
        locking: { name: 'late', tryLock, renew: (handle) => locking.renew(handle), release: async () => {} },
      });
      node.start(define('p/s', every(HOUR)));
      await node.clock.advance(HOUR - SECOND);
      await node.clock.suspend(46 * SECOND);
      await node.clock.advance(20 * SECOND);
      expect(node.outcomes('p/s')).toEqual({});
      isBack.yet = true;
      await node.clock.advance(SECOND);
      expect(node.runs).toMatchObject([{ trigger: 'clock', outcome: 'succeeded' }]);
      expect(node.runs[0]?.lateness.tickMs).toBeGreaterThan(44_000);
    });

    test('gives an occurrence up that has waited for half a minute, and does the next one', async () => {
      let calls = 0;
      const tryLock = async (key: string, ttlMs: number) => {
        calls += 1;
        if (calls < 200) throw new Error('backend away');
        return { key, lockId: String(calls), ttlMs };
      };
      const node = new VirtualEngine({
        locking: { name: 'away', tryLock, renew: async () => true, release: async () => {} },
      });
      node.start(define('p/s', every(HOUR)));
      await node.clock.advance(HOUR + 40 * SECOND);
      expect(node.outcomes('p/s')).toEqual({ 'lock-error': 1 });
      calls = 200;
      await node.clock.advance(HOUR);
      expect(node.outcomes('p/s')).toEqual({ 'lock-error': 1, succeeded: 1 });
    });

    describe('that does not answer', () => {
      const mute = () => {
        const asked: ((handle: LockHandle | null) => void)[] = [];
        const released: string[] = [];
        const locking: LockingPlugin = {
          name: 'mute',
          tryLock: () => new Promise((resolve) => asked.push(resolve)),
          renew: async () => true,
          release: async ({ key }) => void released.push(key),
        };
        return { asked, released, locking };
      };

      test('lets what would rather have a lock run after a second, tells it, and gives back what comes later', async () => {
        const { locking, asked, released } = mute();
        const node = new VirtualEngine({ locking });
        node.start(define('p/s', every(HOUR), { locking: 'prefer-global' }));
        await node.clock.advance(HOUR + 1.5 * SECOND);
        expect(node.outcomes('p/s')).toEqual({ succeeded: 1 });
        expect(node.warnings).toMatchObject([{ code: 'lock' }]);
        asked[0]?.({ key: 'p/s', lockId: 'late', ttlMs: 15_000 });
        await node.clock.advance(SECOND);
        asked[1]?.(null);
        await node.clock.advance(SECOND);
        expect(released).toContain('p/s');
      });

      test('ends what requires one as lock-error, in bounded time', async () => {
        const node = new VirtualEngine({ locking: mute().locking });
        node.start(define('p/s', every(HOUR), { locking: 'require-global' }));
        await node.clock.advance(HOUR + 35 * SECOND);
        expect(node.outcomes('p/s')).toEqual({ 'lock-error': 1 });
      });

      test('does not matter to what is local', async () => {
        const { locking, asked } = mute();
        const node = new VirtualEngine({ locking });
        expect(await acquired(node, 'node-local')).toEqual({ succeeded: 1 });
        expect(asked).toEqual([]);
      });
    });

    test('runs everything where there is no backend', async () => {
      for (const hint of ['require-global', 'prefer-global', 'node-local'] as const) {
        expect(await acquired(new VirtualEngine(), hint)).toEqual({ succeeded: 1 });
      }
    });

    test('ends a run whose lock is lost', async () => {
      const locking: LockingPlugin = {
        name: 'losing',
        tryLock: async (key, ttlMs) => ({ key, lockId: '1', ttlMs }),
        renew: async () => false,
        release: async () => {},
      };
      const node = new VirtualEngine({ locking });
      node.pool.script = () => ({ durationMs: HOUR });
      node.start(define('p/s', every(HOUR)));
      await node.clock.advance(HOUR + 10 * SECOND);
      expect(node.outcomes('p/s')).toEqual({ 'lock-lost': 1 });
    });
  });
});
