import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler } from '../../src/index.ts';
import type { Benchmark } from '../bench.ts';
import { rounded } from '../distribution.ts';
import { type Place, withPlaces } from './places.ts';
import { type Calls, type ClusterSize, fitted } from './price.ts';

const JITTER_MS = { aligned: 0, spread: 900 } as const;
/** Until the nodes know each other, and sign no more often than ever after. */
const WARM_UP_MS = 20_000;

/** How often a cluster calls its backend, counted by the server itself. */
export const serverCallsBenchmark: Benchmark = {
  name: 'server-calls',
  summary: 'calls of Redis and Postgres by clusters of 1 to 8 nodes, counted by the server',
  run: async ({ isQuick }) => {
    const seconds = isQuick ? 10 : 30;
    const nodes = isQuick ? [1, 8] : [1, 4, 8];
    const schedules = isQuick ? [1, 10] : [1, 10, 50];
    const phases = ['aligned', 'spread'] as const;
    const sizes = nodes.flatMap((count) =>
      schedules.flatMap((each) => phases.map((phase) => ({ nodes: count, schedules: each, phase }))),
    );
    const all = await withPlaces(async (places) => {
      const measured: Calls[] = [];
      for (const place of places) {
        for (const size of sizes) measured.push(await measure(place, size, seconds));
      }
      return measured;
    });
    const prices = [...Map.groupBy(all, ({ place }) => place)].map(([place, calls]) => ({ place, ...fitted(calls) }));
    return {
      parameters: { seconds, nodes: nodes.join(', '), schedules: schedules.join(', '), period: '1 s', runMs: 0 },
      figures: { measured: all, prices },
      tables: [
        {
          title: `calls in ${seconds} s, every schedule once a second`,
          columns: ['', 'calls', 'occurrences', 'calls/occ.'],
          rows: all.map(({ place, nodes: count, schedules: each, phase, calls, occurrences }) => [
            `${place}, ${count} nodes, ${each} schedules, ${phase}`,
            calls,
            occurrences,
            rounded(calls / occurrences),
          ]),
        },
        {
          title: 'calls = a · occurrences + b · seconds of a node: the least a and b that hold for all of the above',
          columns: ['', 'a', 'b', 'most above a + b'],
          rows: prices.map(({ place, a, b, excess }) => [place, rounded(a), rounded(b), `${rounded(100 * excess)} %`]),
        },
      ],
    };
  },
};

async function measure(place: Place, size: ClusterSize, seconds: number): Promise<Calls> {
  const cluster = `calls_${place.name.replaceAll(' ', '_')}_${size.nodes}_${size.schedules}_${size.phase}`;
  const given = place.options(cluster);
  const plugin = {
    module: './every-second-plugin.ts',
    options: { schedules: size.schedules, jitterMs: JITTER_MS[size.phase] },
  };
  const nodes = await Promise.all(
    Array.from({ length: size.nodes }, (_, index) =>
      createScheduler({
        nodeId: `node-${index}`,
        ...given,
        plugins: [plugin],
        baseUrl: import.meta.url,
        pool: { minThreads: 1, maxThreads: 1 },
        logger: { level: 'silent' },
      }),
    ),
  );
  const succeeded = async (): Promise<number> => {
    const stats = await Promise.all(nodes.map((node) => node.stats()));
    return stats.reduce((sum, { outcomes }) => sum + (outcomes.succeeded ?? 0), 0);
  };
  for (const node of nodes) await node.start();
  try {
    await sleep(WARM_UP_MS);
    const before = [await place.calls(), await succeeded()] as const;
    await sleep(seconds * 1_000);
    const after = [await place.calls(), await succeeded()] as const;
    const counted = { calls: after[0] - before[0], occurrences: after[1] - before[1] };
    return { place: place.name, ...size, ...counted, nodeSeconds: size.nodes * seconds };
  } finally {
    await Promise.all(nodes.map((node) => node.stop()));
  }
}
