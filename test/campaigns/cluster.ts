/**
 * Lives of virtual clusters of two to nine nodes, through storms and calms, until so many occurrences have run; every
 * life by a seed of its own: `npm run soak:cluster -- --occurrences 1000000 --seed 1`. With `--rounds 1` a seed is
 * lived through again.
 */
import { parseArgs } from 'node:util';
import { auditCluster } from './cluster/cluster-audit.ts';
import { liveThrough } from './cluster/cluster-life.ts';

const { values } = parseArgs({
  options: {
    occurrences: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    rounds: { type: 'string', default: 'Infinity' },
  },
});
const startedAtMs = performance.now();
const reached: Record<string, number> = {};
let occurrences = 0;
let problems = 0;
let lives = 0;
while (occurrences < Number(values.occurrences) && lives < Number(values.rounds)) {
  const seed = Number(values.seed) + lives;
  const backend = seed % 2 === 0 ? 'locking' : 'store';
  const life = await liveThrough({ seed, schedules: 12, storms: 4, backend });
  const audit = auditCluster(life);
  lives += 1;
  occurrences += audit.occurrences;
  problems += audit.problems.length;
  for (const [what, count] of Object.entries(life.reached)) reached[what] = (reached[what] ?? 0) + count;
  for (const problem of audit.problems) console.log(`PROBLEM seed ${seed}: ${problem}`);
  if (lives % 50 === 0) console.log(`${lives} lives, ${occurrences} occurrences in ${seconds()} s`);
}
console.log(`${lives} lives from seed ${values.seed}, ${occurrences} occurrences in ${seconds()} s`);
console.log(`reached: ${JSON.stringify(reached)}`);
console.log(`${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

function seconds(): string {
  return ((performance.now() - startedAtMs) / 1_000).toFixed(0);
}
