/**
 * Lives of virtual clusters of two to nine nodes, through storms and calms, until so many occurrences have run; every
 * life by a seed of its own: `npm run soak:cluster -- --occurrences 1000000 --seed 1`. With `--rounds 1` a seed is
 * lived through again.
 */
import { auditCluster } from './cluster/cluster-audit.ts';
import { liveThrough } from './cluster/cluster-life.ts';
import { soak } from './cluster/soak.ts';

await soak(async (seed) => {
  const backend = seed % 2 === 0 ? 'locking' : 'store';
  const life = await liveThrough({ seed, schedules: 12, storms: 4, backend });
  return { ...auditCluster(life), reached: life.reached };
});
