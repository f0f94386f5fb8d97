import { describe, expect, test } from 'vitest';
import { MAX_RESTARTS, RESTART_WINDOW_MS, RestartIntensity } from '../../../src/host/restarting/restart-intensity.ts';

describe('the restart intensity', () => {
  test('allows five restarts within a minute, and no sixth', () => {
    const restarts = new RestartIntensity();

    const allowed = Array.from({ length: MAX_RESTARTS + 1 }, (_, index) => restarts.allowsRestart(index));

    expect(allowed).toEqual([true, true, true, true, true, false]);
  });

  test('forgets deaths that are more than a minute old', () => {
    const restarts = new RestartIntensity();
    for (let death = 0; death < MAX_RESTARTS; death += 1) restarts.allowsRestart(0);

    expect(restarts.allowsRestart(RESTART_WINDOW_MS)).toBe(false);
    expect(restarts.allowsRestart(RESTART_WINDOW_MS + 1)).toBe(true);
  });
});
