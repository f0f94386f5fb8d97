import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CHECK_MS, HeartbeatWatch, MAX_MISSED_CHECKS } from '../../../src/host/restarting/heartbeat-watch.ts';

/** The first check only learns where the counter stands. */
const STALL_MS = CHECK_MS * (MAX_MISSED_CHECKS + 1);

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('the watch on a heartbeat', () => {
  test('calls back once when the counter has not moved for ten checks', () => {
    const stalled = vi.fn();
    new HeartbeatWatch().start(stalled);

    vi.advanceTimersByTime(STALL_MS - 1);
    expect(stalled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1 + STALL_MS);
    expect(stalled).toHaveBeenCalledTimes(1);
  });

  test('counts anew whenever the counter has moved', () => {
    const stalled = vi.fn();
    const watch = new HeartbeatWatch();
    watch.start(stalled);

    for (let beat = 0; beat < 3; beat += 1) {
      vi.advanceTimersByTime(CHECK_MS * MAX_MISSED_CHECKS);
      Atomics.add(new Int32Array(watch.counter), 0, 1);
    }

    expect(stalled).not.toHaveBeenCalled();
    vi.advanceTimersByTime(STALL_MS);
    expect(stalled).toHaveBeenCalledTimes(1);
  });

  test('ends when it is stopped', () => {
    const stalled = vi.fn();
    const watch = new HeartbeatWatch();
    watch.start(stalled);
    watch.stop();

    vi.advanceTimersByTime(2 * STALL_MS);

    expect(stalled).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
