import { expect, test } from 'vitest';
import { OrphanNotices } from '../../../src/backends/shared-store/orphan-notices.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

test('OrphanNotices reports a run once, and again when nobody has settled it for five seconds', async () => {
  const clock = new VirtualClock();
  const notices = new OrphanNotices(clock);
  const isDue = (): boolean[] => ['a', 'b'].map((runId) => notices.isDue(runId));
  expect(notices.isDue('a')).toBe(true);
  expect(isDue()).toEqual([false, true]);
  await clock.advance(5_000);
  expect(isDue()).toEqual([true, true]);
  expect(isDue()).toEqual([false, false]);
});
