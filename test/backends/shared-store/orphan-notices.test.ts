import { expect, test } from 'vitest';
import { OrphanNotices } from '../../../src/backends/shared-store/orphan-notices.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';

test('reports a run once it has looked orphaned for a second, and again after five, as others may have settled it', async () => {
  const clock = new VirtualClock();
  const notices = new OrphanNotices(clock);
  const reportedAt: number[] = [];
  for (let atMs = 0; atMs <= 12_000; atMs += 500) {
    if (notices.due(['a'], 1_000).has('a')) reportedAt.push(atMs);
    await clock.advance(500);
  }
  expect(reportedAt).toEqual([1_000, 6_000, 11_000]);
});

test('reports no run that did not look orphaned once in between, nor at once what was reported already', async () => {
  const clock = new VirtualClock();
  const notices = new OrphanNotices(clock);
  notices.reported(['a']);
  const reported: string[] = [];
  for (const runIds of [['a', 'b'], ['a'], ['a', 'b'], ['a', 'b'], ['a']]) {
    reported.push(...notices.due(runIds, 1_000));
    await clock.advance(500);
  }
  expect(reported).toEqual([]);
});
