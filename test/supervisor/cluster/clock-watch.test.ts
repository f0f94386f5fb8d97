import { describe, expect, test } from 'vitest';
import { BackendError } from '../../../src/errors.ts';
import { ClockWatch } from '../../../src/supervisor/cluster/clock-watch.ts';
import { pause } from '../../../src/supervisor/ports/clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';
import type { StateStore } from '../../../src/supervisor/ports/store.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';
import { NodeClock } from '../../../src/testing/node-clock.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

interface Staged {
  readonly skewMs?: number;
  /** How the backends answer when they are asked for the time; null: they cannot be asked. */
  readonly storeClock?: ((clock: VirtualClock) => Promise<number>) | null;
  readonly locksClock?: ((clock: VirtualClock) => Promise<number>) | null;
  readonly isShared?: boolean;
}

function watching({ skewMs = 0, storeClock = null, locksClock = null, isShared = false }: Staged) {
  const backend = new VirtualClock();
  const warnings: SchedulerWarning[] = [];
  const clockOf = (read: Staged['storeClock']) => (read ? { readClock: () => read(backend) } : {});
  const watch = new ClockWatch({
    machine: new NodeClock(backend, skewMs),
    store: { name: 'own', isShared, ...clockOf(storeClock) } as StateStore,
    locking: { name: 'locks', ...clockOf(locksClock) } as LockingPlugin,
    warn: (warning) => warnings.push(warning),
  });
  return { backend, watch, warnings };
}

const right = async (clock: VirtualClock): Promise<number> => clock.nowMs();
const wrong = async (clock: VirtualClock): Promise<number> => clock.nowMs() - 1e9;

function readingOf(backend: VirtualClock, setByMs = 0, roundTripMs = 0) {
  const answeredAtMonotonicMs = backend.monotonicMs();
  const askedAtMonotonicMs = answeredAtMonotonicMs - roundTripMs;
  return { nowMs: backend.nowMs() + setByMs, askedAtMonotonicMs, answeredAtMonotonicMs };
}

describe('ClockWatch', () => {
  test.each<[string, Staged]>([
    ['of the store that nodes share', { isShared: true, storeClock: right, locksClock: wrong }],
    ['of the lock backend, if nodes share no store', { storeClock: wrong, locksClock: right }],
  ])('reads the clock %s before anything is planned', async (_which, staged) => {
    const { backend, watch } = watching({ ...staged, skewMs: 1e10 });
    await watch.start();
    watch.close();
    expect(watch.clock.nowMs()).toBe(backend.nowMs());
  });

  test('leaves the machine its clock where no backend has one', async () => {
    const { backend, watch } = watching({ skewMs: 1e10 });
    await watch.start();
    watch.measuredByLocks(readingOf(backend));
    expect(watch.clock.nowMs()).toBe(backend.nowMs() + 1e10);
    expect(backend.sleeperCount).toBe(0);
  });

  test('goes by a shared store that cannot be asked as soon as it is heard, and never by the locks', async () => {
    const { backend, watch } = watching({ skewMs: 1e10, isShared: true, locksClock: right });
    await watch.start();
    watch.measuredByLocks(readingOf(backend));
    expect(watch.clock.nowMs()).toBe(backend.nowMs() + 1e10);
    watch.measured(readingOf(backend));
    expect(watch.clock.nowMs()).toBe(backend.nowMs());
  });

  test('makes more of several readings than of the first, which may be slow', async () => {
    const delaysMs = [400, 30, 2, 10];
    const { backend, watch } = watching({
      skewMs: 1e10,
      locksClock: async (clock) => {
        const delayMs = delaysMs.shift() ?? 0;
        await pause(clock, delayMs);
        return clock.nowMs();
      },
    });
    await backend.advanceUntil(watch.start());
    expect(watch.clock.errorMs).toBeLessThan(1.1);
    expect(Math.abs(watch.clock.nowMs() - backend.nowMs())).toBeLessThan(1.1);
    watch.close();
  });

  test('asks once more when it is not answered, and refuses to start by a time that it does not know', async () => {
    const answers: (() => Promise<number>)[] = [() => Promise.reject(new Error('gone'))];
    const once = watching({ locksClock: (clock) => (answers.shift() ?? (() => right(clock)))() });
    await once.watch.start();
    once.watch.close();
    const mute = watching({ locksClock: () => new Promise(() => {}) });
    const refused = mute.watch.start().catch((error: unknown) => error);
    await mute.backend.advance(10_000);
    expect(await refused).toBeInstanceOf(BackendError);
    const senseless = watching({ locksClock: async () => 'noon' as unknown as number });
    await expect(senseless.watch.start()).rejects.toThrow('must give its clock in epoch milliseconds, not "noon"');
  });

  test('asks when nothing was heard for ten seconds, and not otherwise', async () => {
    let asked = 0;
    const { backend, watch } = watching({
      locksClock: (clock) => {
        asked += 1;
        return right(clock);
      },
    });
    await watch.start();
    expect(asked).toBe(4);
    for (let second = 0; second < 30; second += 1) {
      watch.measuredByLocks(readingOf(backend));
      await backend.advance(1_000);
    }
    expect(asked).toBe(4);
    await backend.advance(30_000);
    expect(asked).toBeGreaterThanOrEqual(6);
    watch.close();
    expect(backend.sleeperCount).toBe(0);
  });

  test('warns once of a machine whose clock is far off, and again when it was right meanwhile', () => {
    const { backend, watch, warnings } = watching({ skewMs: -6_000, isShared: true });
    watch.measured(readingOf(backend));
    watch.measured(readingOf(backend));
    expect(warnings.map(({ code, message }) => [code, message])).toEqual([
      ['clock-skewed', expect.stringMatching(/6\.0 s behind .* goes by that clock, so its runs start on time/)],
    ]);
    watch.measured(readingOf(backend, -6_000));
    watch.measured(readingOf(backend, -12_100));
    expect(warnings.length).toBe(2);
    expect(warnings[1]?.message).toContain('6.1 s ahead of');
  });

  test('says that runs start early or late where the backend gives nodes no clock', () => {
    const { backend, watch, warnings } = watching({ skewMs: 6_000 });
    watch.measured(readingOf(backend));
    expect(warnings).toMatchObject([{ message: expect.stringContaining('runs start that much early') }]);
  });

  test('does not take a slow answer for a clock that is off', async () => {
    const { backend, watch, warnings } = watching({ isShared: true });
    await backend.advance(20_000);
    watch.measured(readingOf(backend, -10_500, 10_500));
    expect(warnings).toEqual([]);
  });
});
