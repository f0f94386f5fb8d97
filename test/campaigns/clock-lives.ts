/**
 * Lives of virtual nodes whose wall clocks are set, by seconds and by decades, and drift, until so many occurrences have
 * been looked for: `npm run soak:clocks -- --occurrences 1000000 --seed 1`. Of three lives one is of a cluster with
 * locks, one of a cluster on a shared store, and one of a node alone. With `--rounds 1` a seed is lived again.
 */
import { parseArgs } from 'node:util';
import { auditClockLife } from './clock-lives/clock-audit.ts';
import { liveByWrongClocks } from './clock-lives/clock-life.ts';
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
  const audit = seed % 3 === 0 ? await alone(seed) : await together(seed, seed % 3 === 1 ? 'locking' : 'store');
  lives += 1;
  occurrences += audit.occurrences;
  problems += audit.problems.length;
  for (const [what, count] of Object.entries(audit.reached)) reached[what] = (reached[what] ?? 0) + count;
  for (const problem of audit.problems) console.log(`PROBLEM seed ${seed}: ${problem}`);
  if (lives % 50 === 0) console.log(`${lives} lives, ${occurrences} occurrences in ${seconds()} s`);
}
console.log(`${lives} lives from seed ${values.seed}, ${occurrences} occurrences in ${seconds()} s`);
console.log(`reached: ${JSON.stringify(reached)}`);
console.log(`${problems} problems`);
process.exitCode = problems === 0 ? 0 : 1;

interface AuditedLife {
  readonly occurrences: number;
  readonly problems: readonly string[];
  readonly reached: Readonly<Record<string, number>>;
}

async function alone(seed: number): Promise<AuditedLife> {
  const life = await liveByWrongClocks({ seed, troubles: 12 });
  const { repeats, ...audit } = auditClockLife(life);
  return { ...audit, reached: { ...life.reached, repeats } };
}

async function together(seed: number, backend: 'locking' | 'store'): Promise<AuditedLife> {
  const life = await liveThrough({ seed, schedules: 12, storms: 4, backend, hasWildClocks: true });
  return { ...auditCluster(life), reached: life.reached };
}

function seconds(): string {
  return ((performance.now() - startedAtMs) / 1_000).toFixed(0);
}
