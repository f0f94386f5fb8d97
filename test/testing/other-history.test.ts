/** A whole node, in virtual time, on a shared store whose database forgets what it confirmed. */
import { expect, onTestFinished, test } from 'vitest';
import type { Decision } from '../../src/machines/run.ts';
import { Link, NO_FAULTS } from '../../src/testing/cluster/link.ts';
import { StoreBackends } from '../../src/testing/cluster/virtual-backends.ts';
import { NodeClock } from '../../src/testing/node-clock.ts';
import { seededRandom } from '../../src/testing/run-duration.ts';
import { VirtualClock } from '../../src/testing/virtual-clock.ts';
import { VirtualProcess } from '../../src/testing/virtual-process.ts';
import { virtualSettings } from '../../src/testing/virtual-scheduler-options.ts';

test('what a node knows to have run stays done in another history', async () => {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const backends = new StoreBackends(clock);
  const random = seededRandom(1);
  const nodeClock = new NodeClock(clock, 0);
  const link = new Link(clock, nodeClock, { faults: NO_FAULTS, random });
  const starts: number[] = [];
  const decisions: Decision[] = [];
  let runCount = 0;
  const schedules = [{ id: 'only', cron: '10s', locking: 'require-global' as const }];
  const { supervisor } = new VirtualProcess({
    settings: virtualSettings({ plugins: [{ name: 'p', schedules: () => schedules, run: () => {} }] }),
    nodeId: 'node',
    incarnationId: 'node',
    clock: nodeClock,
    ...backends.forNode().open({ clock: nodeClock, link }),
    isCluster: true,
    random,
    newRunId: () => `run-${++runCount}`,
    heard: (event) => {
      if (event.type === 'run-start') starts.push(event.event.scheduledAtMs);
      if (event.type === 'decision') decisions.push(event.event);
    },
  });
  await clock.advanceUntil(supervisor.start());
  onTestFinished(async () => {
    await clock.advanceUntil(supervisor.stop({ drainMs: 0 }));
  });
  await clock.advance(11_000);
  const failOver = backends.memory.checkpoint();
  await clock.advance(30_000);
  failOver();
  await clock.advance(30_000);

  const firstMs = starts[0] ?? 0;
  expect(starts).toEqual(starts.map((_start, place) => firstMs + 10_000 * place));
  expect(starts.length).toBeGreaterThanOrEqual(7);
  expect(decisions).toEqual([]);
});
