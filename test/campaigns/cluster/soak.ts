/** Lives one after another until so many occurrences have been looked for, each by a seed of its own, and says what came. */
import { parseArgs } from 'node:util';

/** One life, and what its audit found. */
export interface AuditedLife {
  readonly occurrences: number;
  readonly problems: readonly string[];
  /** How often something was reached: a campaign that never got there has shown nothing. */
  readonly reached: Readonly<Record<string, number>>;
}

/** Takes `--occurrences`, `--seed` and `--rounds` from the command line. With `--rounds 1` a seed is lived through again. */
export async function soak(live: (seed: number) => Promise<AuditedLife>): Promise<void> {
  const { values } = parseArgs({
    options: {
      occurrences: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: 'Infinity' },
    },
  });
  const startedAtMs = performance.now();
  const seconds = (): string => ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  const reached: Record<string, number> = {};
  let occurrences = 0;
  let problems = 0;
  let lives = 0;
  while (occurrences < Number(values.occurrences) && lives < Number(values.rounds)) {
    const seed = Number(values.seed) + lives;
    const life = await live(seed);
    lives += 1;
    occurrences += life.occurrences;
    problems += life.problems.length;
    for (const [what, count] of Object.entries(life.reached)) reached[what] = (reached[what] ?? 0) + count;
    for (const problem of life.problems) console.log(`PROBLEM seed ${seed}: ${problem}`);
    if (lives % 50 === 0) console.log(`${lives} lives, ${occurrences} occurrences in ${seconds()} s`);
  }
  console.log(`${lives} lives from seed ${values.seed}, ${occurrences} occurrences in ${seconds()} s`);
  console.log(`reached: ${JSON.stringify(reached)}`);
  console.log(`${problems} problems`);
  process.exitCode = problems === 0 ? 0 : 1;
}
