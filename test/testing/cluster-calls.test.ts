/** How often the nodes of a cluster call the store that they share. Every call goes over a link. */
import { expect, test, vi } from 'vitest';
import { Link } from '../../src/testing/cluster/link.ts';
import { createVirtualCluster } from '../../src/testing/index.ts';

const WARM_UP_S = 60;
const SECONDS = 120;

/** Counts all calls while `schedules` fall due every second on `nodes` nodes. */
async function counted(nodes: number, schedules: number) {
  const declared = Array.from({ length: schedules }, (_, index) => ({
    id: `s${index}`,
    cron: '* * * * * *',
    locking: 'require-global' as const,
  }));
  const cluster = createVirtualCluster({
    nodes,
    backend: 'store',
    plugins: [{ name: 'p', schedules: () => declared, run: () => {} }],
    runMs: 20,
  });
  await cluster.start();
  await cluster.advance(`${WARM_UP_S}s`);
  const startCount = cluster.starts.length;
  const calls = vi.spyOn(Link.prototype, 'call');
  try {
    await cluster.advance(`${SECONDS}s`);
    return { calls: calls.mock.calls.length, occurrences: cluster.starts.length - startCount };
  } finally {
    calls.mockRestore();
    await cluster.stop();
  }
}

test('idle nodes look once in ten seconds, ask for open runs once a minute, and try a silent channel', async () => {
  const { calls } = await counted(4, 0);
  const trialCount = SECONDS / 30;
  expect(calls).toBeLessThanOrEqual((4 * SECONDS) / 10 + (4 * SECONDS) / 60 + trialCount);
});

test.each([
  [1, 1],
  [4, 1],
  [8, 1],
  [8, 10],
])('%i nodes call twice for an occurrence, and once in ten seconds each (%i schedules)', async (nodes, schedules) => {
  const { calls, occurrences } = await counted(nodes, schedules);
  expect(occurrences).toBe(SECONDS * schedules);
  expect(calls).toBeLessThanOrEqual(2 * occurrences + (nodes * SECONDS) / 10);
});
