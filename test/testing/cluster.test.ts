/**
 * Clusters of two to nine nodes in virtual time, through storms and calms. Each occurrence runs once, and in a calm
 * none is lost.
 */
import { describe, expect, test } from 'vitest';
import { countLockOperations } from '../../bench/lock-operations/count.ts';
import { createVirtualCluster, type VirtualCluster, type VirtualClusterOptions } from '../../src/testing/index.ts';
import { dropClaims } from '../campaigns/cluster/claim-dropper.ts';
import { auditCluster } from '../campaigns/cluster/cluster-audit.ts';
import { type Life, type LifeOptions, liveThrough } from '../campaigns/cluster/cluster-life.ts';

const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

const everySecond = (count: number): VirtualClusterOptions['plugins'] => {
  const schedules = Array.from({ length: count }, (_, index) => ({
    id: `s${index}`,
    cron: '* * * * * *',
    locking: 'require-global' as const,
  }));
  return [{ name: 'p', schedules: () => schedules, run: () => {} }];
};

/** Which runs began where and when, as one text. */
function historyOf({ cluster }: Life): string {
  return cluster.starts
    .map(({ node, key, scheduledAtMs, atMs }) => `${node} ${key}@${scheduledAtMs} ${atMs}`)
    .join('\n');
}

async function started(options: VirtualClusterOptions): Promise<VirtualCluster> {
  const cluster = createVirtualCluster(options);
  await cluster.start();
  return cluster;
}

/** How often each occurrence began. */
function timesBegun({ starts }: VirtualCluster): number[] {
  return [...Map.groupBy(starts, ({ key, scheduledAtMs }) => `${key}@${scheduledAtMs}`).values()].map(
    (runs) => runs.length,
  );
}

describe('a cluster in storms', () => {
  const lives = SEEDS.flatMap((seed) => [
    { seed, backend: 'locking' as const },
    { seed, backend: 'store' as const },
  ]);

  test.each(lives)('runs every occurrence once, and loses none in a calm (seed $seed, $backend)', async (which) => {
    const { problems, occurrences } = auditCluster(await liveThrough({ ...which, schedules: 6, storms: 2 }));
    expect(problems).toEqual([]);
    expect(occurrences).toBeGreaterThan(100);
  });

  test('has the same history for the same seed, and a different one for another', async () => {
    const options: LifeOptions = { seed: 41, schedules: 4, storms: 1, backend: 'locking' };
    const history = historyOf(await liveThrough(options));
    expect(historyOf(await liveThrough(options))).toBe(history);
    expect(historyOf(await liveThrough({ ...options, seed: 42 }))).not.toBe(history);
  });

  test('shows within a thousand occurrences that a wrong backend gives claims back, and again with the same seed', async () => {
    const options: LifeOptions = { seed: 1, schedules: 6, storms: 1, backend: 'locking', wrapLocking: dropClaims };
    const { problems, occurrences } = auditCluster(await liveThrough(options));
    expect(occurrences).toBeLessThan(1_000);
    expect(problems.some((problem) => problem.includes('began again'))).toBe(true);
    expect(auditCluster(await liveThrough(options)).problems).toEqual(problems);
  });
});

describe('a cluster whose node dies in the middle of a run', () => {
  test('makes up for that run once, on the node that had it', async () => {
    const schedules = [
      { id: 's', cron: '0 * * * * *', missedRunPolicy: 'run-all', locking: 'require-global' },
    ] as const;
    const plugin = { name: 'p', schedules: () => [...schedules], run: () => {} };
    const cluster = await started({ nodes: 3, plugins: [plugin], runMs: () => 20_000 });
    while (cluster.starts.length === 0) await cluster.advance('1s');
    const [cut] = cluster.starts;
    const node = cluster.nodes.find(({ name }) => name === cut?.node);
    await cluster.advance('5s');
    node?.crash();
    await cluster.advance('20s');
    await node?.start();
    await cluster.advance('3m');
    const again = cluster.starts.filter(({ scheduledAtMs }) => scheduledAtMs === cut?.scheduledAtMs).slice(1);
    expect(again.map(({ node: name, record }) => [name, record?.recoveryOf])).toEqual([[cut?.node, cut?.runId]]);
    await cluster.stop();
  });
});

describe('a cluster whose winners tell the others', () => {
  test.each([1, 4, 8])('asks once for each occurrence, and seldom for anything else (%i nodes)', async (nodes) => {
    const counts = await countLockOperations({ nodes, schedules: 1, seconds: 100 });
    const { occurrences, roundTrips, announcements, clockReadings } = counts;
    expect(occurrences).toBeGreaterThan(98);
    expect(roundTrips + announcements + clockReadings).toBeLessThanOrEqual(1.3 * occurrences + 0.1 * nodes * 100);
  });

  test('runs every occurrence once when no news arrives', async () => {
    const cluster = await started({
      nodes: 4,
      plugins: everySecond(5),
      runMs: () => 10,
      wrapLocking: (locking) => Object.assign(locking, { listen: () => {} }),
    });
    await cluster.advance('30s');
    expect(timesBegun(cluster).filter((times) => times !== 1)).toEqual([]);
    expect(cluster.starts.length).toBeGreaterThan(140);
    await cluster.stop();
  });

  test('goes on within a second when the winner dies', async () => {
    const cluster = await started({ nodes: 3, plugins: everySecond(1), runMs: () => 10 });
    await cluster.advance('30500ms');
    const winner = cluster.starts.at(-1)?.node;
    cluster.nodes.find(({ name }) => name === winner)?.crash();
    const before = cluster.starts.length;
    await cluster.advance('10s');
    const after = cluster.starts.slice(before);
    expect(after).toHaveLength(10);
    expect(after.filter(({ atMs, scheduledAtMs }) => atMs - scheduledAtMs > 1_000)).toEqual([]);
    await cluster.stop();
  });
});

describe('a cluster whose clocks are up to 5 s apart', () => {
  test.each([50, 500, 5_000])('runs ten thousand occurrences of 0 to 20 ms once each (%i ms)', async (skewMs) => {
    const cluster = await started({
      nodes: 4,
      plugins: everySecond(50),
      runMs: (_ctx, random) => Math.round(random() * 20),
      clockSkewMs: (node) => [0, skewMs, -skewMs, skewMs / 2][node] ?? 0,
    });
    await cluster.advance('67s');
    expect(timesBegun(cluster).filter((times) => times !== 1)).toEqual([]);
    expect(cluster.starts.length).toBeGreaterThan(3_000);
    await cluster.stop();
  });

  test('runs them once on a store that the nodes share, too', async () => {
    const cluster = await started({
      nodes: 4,
      backend: 'store',
      plugins: everySecond(50),
      runMs: (_ctx, random) => Math.round(random() * 20),
      clockSkewMs: (node) => [0, 5_000, -5_000, 2_500][node] ?? 0,
    });
    await cluster.advance('67s');
    expect(timesBegun(cluster).filter((times) => times !== 1)).toEqual([]);
    expect(cluster.starts.length).toBeGreaterThan(3_000);
    await cluster.stop();
  });

  test('counts the runs of all nodes on a store that they share, and does not begin anew with a scheduler', async () => {
    const counts: number[] = [];
    const cluster = await started({
      nodes: 2,
      backend: 'store',
      plugins: everySecond(1),
      runMs: ({ runCount }) => {
        counts.push(runCount);
        return 10;
      },
    });
    await cluster.advance('10s');
    for (const node of cluster.nodes) {
      await node.stop();
      await node.start();
    }
    await cluster.advance('10s');
    expect(counts.length).toBeGreaterThan(18);
    expect(counts).toEqual(counts.map((_, place) => place + 1));
    await cluster.stop();
  });

  test('warns of a clock that is further off, and says how far', async () => {
    const cluster = await started({ nodes: 2, plugins: everySecond(1), clockSkewMs: (node) => node * -7_300 });
    await cluster.advance('20s');
    const skewed = cluster.warnings.filter(({ code }) => code === 'clock-skewed');
    expect(skewed.map(({ message }) => message)).toEqual([expect.stringMatching(/7\.3 s behind/)]);
    expect(timesBegun(cluster).filter((times) => times !== 1)).toEqual([]);
    await cluster.stop();
  });
});

test('warns of a cluster whose nodes cannot agree, and names its schedules', async () => {
  const cluster = await started({ nodes: 2, plugins: everySecond(2), backend: 'none' });
  expect(cluster.warnings.map(({ code, message }) => [code, message])).toEqual([
    ['no-lock-backend', expect.stringContaining('p/s0, p/s1')],
    ['no-lock-backend', expect.stringContaining('p/s0, p/s1')],
  ]);
  await cluster.advance('10s');
  expect(new Set(timesBegun(cluster).slice(1, -1))).toEqual(new Set([2]));
  await cluster.stop();
});

describe('a cluster', () => {
  test('spreads occurrences over its nodes, with about one request for each of them', async () => {
    const cluster = await started({ nodes: 4, plugins: everySecond(50), runMs: 5 });
    await cluster.advance('60s');
    const shares = cluster.nodes.map(({ name }) => cluster.starts.filter(({ node }) => node === name).length);
    const roundTrips = cluster.nodes.reduce((sum, node) => sum + node.stats().locks.roundTrips, 0);
    expect(Math.min(...shares)).toBeGreaterThan(cluster.starts.length / 8);
    expect(roundTrips / cluster.starts.length).toBeLessThan(1.3);
    await cluster.stop();
  });

  test('leaves to others what a node has no room for', async () => {
    const cluster = await started({ nodes: 2, plugins: everySecond(8), runMs: 400, threads: 2 });
    const [first, second] = cluster.nodes;
    await cluster.advance('5s');
    second?.crash();
    await cluster.advance('20s');
    await second?.start();
    const atMs = cluster.now;
    await cluster.advance('30s');
    const since = cluster.starts.filter((run) => run.atMs > atMs);
    const share = since.filter(({ node }) => node === first?.name).length / since.length;
    expect(share).toBeGreaterThan(0.3);
    expect(share).toBeLessThan(0.7);
    await cluster.stop();
  });

  test('takes over from a node that died in a run, once its lock has expired', async () => {
    const cluster = await started({
      nodes: 2,
      plugins: [
        {
          name: 'p',
          schedules: () => [{ id: 's', cron: '* * * * * *', locking: 'require-global', missedRunPolicy: 'skip' }],
          run: () => {},
        },
      ],
      runMs: 5_000,
    });
    await cluster.advance('2s');
    const [run] = cluster.starts;
    const holder = cluster.nodes.find(({ name }) => name === run?.node);
    holder?.crash();
    const diedAtMs = cluster.now;
    await cluster.advance('20s');
    const next = cluster.starts.find(({ atMs }) => atMs > diedAtMs);
    expect(next?.atMs).toBeLessThanOrEqual(diedAtMs + 16_000);
    await cluster.stop();
  });

  test('takes over from a node that died on a shared store, and makes up for its run once', async () => {
    const cluster = await started({ nodes: 3, backend: 'store', plugins: everySecond(1), runMs: 5_000 });
    await cluster.advance('2s');
    const [run] = cluster.starts;
    cluster.nodes.find(({ name }) => name === run?.node)?.crash();
    const diedAtMs = cluster.now;
    await cluster.advance('25s');
    const records = cluster.ledger?.snapshot().records ?? [];
    expect(records.filter(({ outcome }) => outcome === 'lost').map(({ runId }) => runId)).toEqual([run?.runId]);
    expect(records.filter(({ recoveryOf }) => recoveryOf === run?.runId).length).toBe(1);
    expect(cluster.starts.find(({ atMs }) => atMs > diedAtMs)?.atMs).toBeLessThanOrEqual(diedAtMs + 17_000);
    await cluster.stop();
  });

  test('pauses and resumes on all nodes what one of them pauses and resumes, on a shared store', async () => {
    const cluster = await started({ nodes: 3, backend: 'store', plugins: everySecond(1) });
    await cluster.advance('5s');
    const [a, b] = cluster.nodes;
    await a?.pause('p/s0', 'maintenance');
    await cluster.advance('2s');
    expect(cluster.nodes.map((node) => node.schedules()[0]?.state)).toEqual(['paused', 'paused', 'paused']);
    const startsThen = cluster.starts.length;
    await cluster.advance('10s');
    expect(cluster.starts.length).toBe(startsThen);
    await b?.resumeSchedule('p/s0');
    await cluster.advance('10s');
    expect(cluster.starts.length).toBeGreaterThanOrEqual(startsThen + 8);
    expect(timesBegun(cluster).filter((times) => times !== 1)).toEqual([]);
    await cluster.stop();
  });

  test('runs a manual trigger on one node, and refuses another one while it is running', async () => {
    const plugins = [
      {
        name: 'p',
        schedules: () => [{ id: 's', cron: '0 0 1 1 *', locking: 'require-global' as const }],
        run: () => {},
      },
    ];
    const cluster = await started({ nodes: 2, backend: 'store', plugins, runMs: 20_000 });
    const [a, b] = cluster.nodes;
    const runId = a?.trigger('p/s');
    await cluster.advance('2s');
    const refused = b?.trigger('p/s');
    await cluster.advance('60s');
    expect(cluster.starts.map((run) => run.runId)).toEqual([runId]);
    const records = cluster.ledger?.snapshot().records ?? [];
    expect(records.find((record) => record.runId === refused)).toMatchObject({
      outcome: 'aborted',
      error: { message: expect.stringContaining('running on another node') },
    });
    await cluster.stop();
  });

  test('shows the history and explanations of all nodes on each node, on a shared store', async () => {
    const cluster = await started({ nodes: 3, backend: 'store', plugins: everySecond(2) });
    await cluster.advance('20s');
    const run = cluster.starts.find(({ node }) => node !== 'n0');
    const explanation = await cluster.nodes[0]?.explain(run?.key ?? '', run?.scheduledAtMs ?? 0);
    expect(explanation?.verdict).toBe('ran');
    const counts = cluster.nodes.map((node) => node.schedules().map(({ dueCount }) => dueCount));
    await cluster.advance('1s');
    expect(Math.min(...counts.flat())).toBeGreaterThan(15);
    await cluster.stop();
  });

  test('runs a schedule whose locks take longer than its period, and says what is true of the rest', async () => {
    const cluster = await started({
      nodes: 1,
      backend: 'locking',
      network: { maxDelayMs: 1_500 },
      plugins: everySecond(1),
    });
    await cluster.advance('40s');
    expect(cluster.starts.length).toBeGreaterThan(8);
    expect(cluster.decisions.filter(({ outcome }) => outcome === 'contended')).toEqual([]);
    await cluster.stop();
  });

  test('aborts the run of a node that has lost its backend, before another can begin', async () => {
    const cluster = await started({ nodes: 2, plugins: everySecond(1), runMs: 60_000 });
    await cluster.advance('2s');
    const [run] = cluster.starts;
    for (const node of cluster.nodes) if (node.name === run?.node) node.isCut = true;
    await cluster.advance('30s');
    const [lost, next] = cluster.starts;
    expect(lost?.record?.outcome).toBe('lock-lost');
    expect(next?.atMs).toBeGreaterThanOrEqual(lost?.endedAtMs ?? Number.POSITIVE_INFINITY);
    await cluster.stop();
  });
});
