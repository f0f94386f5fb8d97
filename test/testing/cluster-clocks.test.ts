/**
 * Clusters in virtual time whose machines have wrong clocks, and whose backends' clock is set. The judge is the clock of
 * the backends, and what really began.
 */
import { describe, expect, test } from 'vitest';
import type { Schedule } from '../../src/index.ts';
import { createVirtualCluster, type VirtualCluster, type VirtualClusterOptions } from '../../src/testing/index.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const YEAR = 365 * 24 * HOUR;
const BACKENDS = ['locking', 'store'] as const;

function plugins(count: number, own: Partial<Schedule> = {}): VirtualClusterOptions['plugins'] {
  const schedules = Array.from(
    { length: count },
    (_, index): Schedule => ({ id: `s${index}`, cron: '* * * * * *', locking: 'require-global', ...own }),
  );
  return [{ name: 'p', schedules: () => schedules, run: () => {} }];
}

async function started(options: VirtualClusterOptions): Promise<VirtualCluster> {
  const cluster = createVirtualCluster(options);
  await cluster.start();
  return cluster;
}

/** The occurrences of p/s0, one every `everyMs`, that did not begin just once, and how often they did. */
function notOnce({ starts }: VirtualCluster, span: { fromMs: number; untilMs: number; everyMs: number }): string[] {
  const began = Map.groupBy(starts, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
  const wrong: string[] = [];
  for (let atMs = Math.ceil(span.fromMs / span.everyMs) * span.everyMs; atMs < span.untilMs; atMs += span.everyMs) {
    const count = began.get(`p/s0@${atMs}`)?.length ?? 0;
    if (count !== 1) wrong.push(`${new Date(atMs).toISOString()}: ${count}`);
  }
  return wrong;
}

/** How late runs began by the backends' clock, at least and at most, in milliseconds. */
function lateness({ starts }: VirtualCluster, sinceMs: number): { readonly least: number; readonly most: number } {
  const ms = starts.filter((run) => run.scheduledAtMs > sinceMs).map((run) => run.atMs - run.scheduledAtMs);
  return { least: Math.min(...ms), most: Math.max(...ms) };
}

describe.each(BACKENDS)('machines with wrong clocks (%s)', (backend) => {
  test('loses nothing in three hours after a machine was a year ahead for a minute', async () => {
    const cluster = await started({ nodes: 3, backend, plugins: plugins(1, { cron: '* * * * *' }) });
    const fromMs = cluster.now;
    const [first] = cluster.nodes;
    if (first !== undefined) first.skewMs = YEAR;
    await cluster.advance(MINUTE);
    if (first !== undefined) first.skewMs = 0;
    await cluster.advance(182 * MINUTE + SECOND);
    expect(notOnce(cluster, { fromMs: fromMs + 1, untilMs: cluster.now - SECOND, everyMs: MINUTE })).toEqual([]);
    expect(cluster.starts.length).toBe(183);
    await cluster.stop();
  });

  test('loses nothing after a process was started and killed while its machine was a year ahead', async () => {
    const clockSkewMs = (node: number): number => (node === 0 ? YEAR : 0);
    const cluster = createVirtualCluster({
      nodes: 2,
      backend,
      clockSkewMs,
      plugins: plugins(1, { cron: '* * * * *' }),
    });
    const [wrong] = cluster.nodes;
    await wrong?.start();
    await cluster.advance(90 * SECOND);
    wrong?.crash();
    if (wrong !== undefined) wrong.skewMs = 0;
    await cluster.start();
    const fromMs = cluster.now + MINUTE;
    await cluster.advance(HOUR + MINUTE);
    expect(notOnce(cluster, { fromMs, untilMs: cluster.now - SECOND, everyMs: MINUTE })).toEqual([]);
    await cluster.stop();
  });

  test('loses and doubles nothing when clocks differ by a year and by an hour', async () => {
    const cluster = await started({
      nodes: 4,
      backend,
      plugins: plugins(25),
      runMs: (_ctx, random) => Math.round(random() * 20),
      clockSkewMs: (node) => [0, YEAR, -HOUR, HOUR][node] ?? 0,
    });
    const fromMs = cluster.now;
    await cluster.advance(MINUTE);
    expect(notOnce(cluster, { fromMs: fromMs + 2 * SECOND, untilMs: cluster.now - SECOND, everyMs: SECOND })).toEqual(
      [],
    );
    const times = Map.groupBy(cluster.starts, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`);
    expect([...times.values()].filter((runs) => runs.length > 1)).toEqual([]);
    expect(cluster.starts.length).toBeGreaterThan(25 * 57);
    const warnings = cluster.warnings.map(({ code, message }) => [
      code,
      /(\S+ s (ahead of|behind))/.exec(message)?.[0],
    ]);
    expect(warnings).toEqual([
      ['clock-skewed', '31536000.0 s ahead of'],
      ['clock-skewed', '3600.0 s behind'],
      ['clock-skewed', '3600.0 s ahead of'],
    ]);
    await cluster.stop();
  });

  test('does not notice that the clock of a machine is set while it is running', async () => {
    const cluster = await started({ nodes: 2, backend, plugins: plugins(1) });
    const fromMs = cluster.now;
    for (const skewMs of [HOUR, -HOUR, YEAR, 3 * SECOND, 0]) {
      for (const node of cluster.nodes) node.skewMs = skewMs;
      await cluster.advance(10 * SECOND);
    }
    expect(notOnce(cluster, { fromMs: fromMs + 1, untilMs: cluster.now - SECOND, everyMs: SECOND })).toEqual([]);
    expect(cluster.warnings.filter(({ code }) => code !== 'clock-skewed')).toEqual([]);
    await cluster.stop();
  });

  test('shares work evenly between machines whose clocks are 5 s apart', async () => {
    const clockSkewMs = (node: number): number => node * 5 * SECOND;
    const cluster = await started({ nodes: 2, backend, plugins: plugins(20), runMs: 5, clockSkewMs });
    await cluster.advance(2 * MINUTE);
    const ours = cluster.starts.filter(({ node }) => node === 'n0').length;
    expect(ours / cluster.starts.length).toBeGreaterThan(0.4);
    expect(ours / cluster.starts.length).toBeLessThan(0.6);
    await cluster.stop();
  });

  test('starts the same occurrence within 20 ms on machines whose clocks are 5 s apart', async () => {
    const clockSkewMs = (node: number): number => node * 5 * SECOND;
    const cluster = await started({
      nodes: 2,
      backend,
      plugins: plugins(1, { locking: 'node-local' }),
      clockSkewMs,
      // A shared store has to write a claim before its run starts, maybe after another batch: eight of these delays.
      network: { maxDelayMs: 1 },
    });
    await cluster.advance(2 * MINUTE);
    const apart = [...Map.groupBy(cluster.starts, ({ scheduledAtMs }) => scheduledAtMs).values()]
      .filter((runs) => runs.length === 2)
      .map(([a, b]) => Math.abs((a?.atMs ?? 0) - (b?.atMs ?? 0)));
    expect(apart.length).toBeGreaterThan(115);
    expect(Math.max(...apart)).toBeLessThan(20);
    await cluster.stop();
  });
});

describe.each(BACKENDS)('a backend whose clock is set (%s)', (backend) => {
  test.each([
    ['ahead', 4 * SECOND],
    ['back', -4 * SECOND],
  ])('is followed within a minute when it is set a little %s, and nothing is lost or doubled', async (_way, byMs) => {
    const cluster = await started({ nodes: 3, backend, plugins: plugins(1) });
    const fromMs = cluster.now;
    await cluster.advance(10 * SECOND);
    cluster.setBackendClock(byMs);
    await cluster.advance(MINUTE);
    const sinceMs = cluster.now;
    await cluster.advance(20 * SECOND);
    expect(notOnce(cluster, { fromMs: fromMs + 1, untilMs: cluster.now - SECOND, everyMs: SECOND })).toEqual([]);
    expect(lateness(cluster, sinceMs).least).toBeGreaterThan(-5);
    expect(lateness(cluster, sinceMs).most).toBeLessThan(50);
    expect(cluster.warnings.filter(({ code }) => code === 'clock-jumped')).toEqual([]);
    await cluster.stop();
  });

  test('loses no run of a node that is alive when it is set ahead, and nobody seems to be', async () => {
    const cluster = await started({
      nodes: 3,
      backend,
      plugins: plugins(6, { cron: '*/10 * * * * *' }),
      threads: 6,
      runMs: 8 * SECOND,
    });
    await cluster.advance(25 * SECOND);
    const underWay = cluster.starts.filter(({ endedAtMs }) => endedAtMs === null);
    expect(underWay.length).toBe(6);
    cluster.setBackendClock(20 * SECOND);
    await cluster.advance(10 * SECOND);
    expect(underWay.map(({ record }) => record?.outcome)).toEqual(underWay.map(() => 'succeeded'));
    await cluster.stop();
  });

  test('is followed at once when it is set ahead by hours, which every node reports', async () => {
    const cluster = await started({ nodes: 3, backend, plugins: plugins(1) });
    await cluster.advance(10 * SECOND);
    cluster.setBackendClock(5 * HOUR);
    await cluster.advance(10 * SECOND);
    const sinceMs = cluster.now;
    await cluster.advance(20 * SECOND);
    expect(notOnce(cluster, { fromMs: sinceMs + 1, untilMs: cluster.now - SECOND, everyMs: SECOND })).toEqual([]);
    expect(lateness(cluster, sinceMs).least).toBeGreaterThan(-5);
    const jumps = cluster.warnings.filter(({ code }) => code === 'clock-jumped');
    expect(jumps.map(({ message }) => /ahead by 5 h/.test(message))).toEqual([true, true, true]);
    await cluster.stop();
  });
});
