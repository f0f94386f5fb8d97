/**
 * Lives of virtual nodes whose wall clocks are set, by seconds and by decades, and drift, until so many occurrences have
 * been looked for: `npm run soak:clocks -- --occurrences 1000000 --seed 1`. Of three lives one is of a cluster with
 * locks, one of a cluster on a shared store, and one of a node alone. With `--rounds 1` a seed is lived again.
 */
import { auditClockLife } from './clock-lives/clock-audit.ts';
import { liveByWrongClocks } from './clock-lives/clock-life.ts';
import { auditCluster } from './cluster/cluster-audit.ts';
import { liveThrough } from './cluster/cluster-life.ts';
import { type AuditedLife, soak } from './cluster/soak.ts';

await soak((seed) => (seed % 3 === 0 ? alone(seed) : together(seed, seed % 3 === 1 ? 'locking' : 'store')));

async function alone(seed: number): Promise<AuditedLife> {
  const life = await liveByWrongClocks({ seed, troubles: 12 });
  const { repeats, ...audit } = auditClockLife(life);
  return { ...audit, reached: { ...life.reached, repeats } };
}

async function together(seed: number, backend: 'locking' | 'store'): Promise<AuditedLife> {
  const life = await liveThrough({ seed, schedules: 12, storms: 4, backend, hasWildClocks: true });
  return { ...auditCluster(life), reached: life.reached };
}
