import { Sidequest } from 'sidequest';
import { BenchJob } from '../jobs/sidequest-job.mjs';
import { inLanes, patternOf } from './patterns.mjs';

const ENQUEUEING_LANES = 50;

/** Its engine is a child process with threads, and its jobs are rows of Postgres, as it recommends. Its polling is as it comes. */
export async function start({ due, names, threads, servers }) {
  await Sidequest.start({
    backend: { driver: '@sidequest/postgres-backend', config: servers.postgres },
    dashboard: { enabled: false },
    logger: { level: 'error' },
    minThreads: threads,
    maxThreads: threads,
  });
  const pattern = patternOf({ due });
  for (const name of names) await Sidequest.build(BenchJob).schedule(pattern, name);
  return { give: (count) => inLanes(ENQUEUEING_LANES, count, () => Sidequest.build(BenchJob).enqueue('given')) };
}
