import { describe, expect, test } from 'vitest';
import { SignOfLife } from '../../../src/supervisor/recording/sign-of-life.ts';
import { VirtualEngine } from '../../support/virtual-engine.ts';

const SECOND = 1_000;

function living() {
  const { clock, recorder, store, warnings } = new VirtualEngine();
  const heartbeat = new Int32Array(1);
  const seen = { hostBeats: () => heartbeat[0], storeBeatsAtMs: [] as number[] };
  const startMs = clock.nowMs();
  store.beat = async (atMs) => void seen.storeBeatsAtMs.push(atMs - startMs);
  const sign = new SignOfLife(recorder, heartbeat);
  return { clock, sign, seen, warnings };
}

describe('SignOfLife', () => {
  test('shows the host every wake-up, and the store one in five seconds', async () => {
    const { clock, sign, seen } = living();
    sign.woke(clock.read());
    await clock.advance(4.999 * SECOND);
    sign.woke(clock.read());
    expect([seen.hostBeats(), seen.storeBeatsAtMs]).toEqual([2, [0]]);
    await clock.advance(1);
    sign.woke(clock.read());
    expect([seen.hostBeats(), seen.storeBeatsAtMs]).toEqual([3, [0, 5 * SECOND]]);
  });

  test('does not wait until a clock that was set back has come to the same time again', () => {
    const { clock, sign, seen } = living();
    sign.woke(clock.read());
    clock.stepWall(-3_600 * SECOND);
    sign.woke(clock.read());
    expect(seen.storeBeatsAtMs).toEqual([0, -3_600 * SECOND]);
  });

  test('warns of a clock that has jumped, and says what schedules do', () => {
    const { sign, warnings } = living();
    for (const byMs of [-5_000, -60_000.4, -4 * 3_600_000, 60_000]) sign.jumped(byMs);
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The clock was set back by 5.00 s: nothing runs again/),
      expect.stringMatching(/^The clock was set back by 1 min 0 s: intervals, .* run again/),
      expect.stringMatching(/^The clock was set back by 4 h 0 min: that is a new calendar/),
      expect.stringMatching(/^The clock jumped ahead by 1 min 0 s/),
    ]);
  });
});
