/**
 * Kills processes with `run-all` schedules of a second, starts them again, and looks for occurrences that never
 * started: `npm run campaign:catch-up -- --rounds 1000 --jobs 4 --seed 1`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Audit, audit } from './crash/audit.ts';
import { runCampaign } from './crash/campaign.ts';
import { catchUpOptions } from './crash/catch-up-options.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '1000' },
    jobs: { type: 'string', default: '4' },
    seed: { type: 'string', default: '1' },
  },
});
const jobs = Number(values.jobs);
const roundsEach = Math.ceil(Number(values.rounds) / jobs);
const folder = mkdtempSync(join(tmpdir(), 'escapement-catch-up-'));
const startedAtMs = performance.now();
let roundCount = 0;
let unstarted = 0;

const audits = await Promise.all(Array.from({ length: jobs }, (_, job) => work(job)));
const problems = audits.flatMap((found) => found.problems);
const occurrences = audits.reduce((sum, found) => sum + found.occurrences, 0);
console.log(`${roundsEach * jobs} rounds in ${seconds()} s, ${occurrences} occurrences`);
if (unstarted > 0) console.log(`${unstarted} rounds in which no scheduler started: use fewer jobs`);
for (const { reached } of audits) console.log(JSON.stringify(reached));
for (const problem of problems) console.log(`PROBLEM ${problem}`);
console.log(`${problems.length} problems${problems.length > 0 ? `, left in ${folder}` : ''}`);
if (problems.length === 0) rmSync(folder, { recursive: true });
process.exitCode = problems.length === 0 ? 0 : 1;

async function work(job: number): Promise<Audit> {
  const own = join(folder, `${job}`);
  mkdirSync(own);
  const campaign = await runCampaign({
    ...catchUpOptions,
    folder: own,
    rounds: roundsEach,
    seed: Number(values.seed) + job,
    onRound: () => {
      roundCount += 1;
      if (roundCount % 50 === 0) console.log(`${roundCount} rounds in ${seconds()} s`);
    },
  });
  unstarted += campaign.unstarted;
  const found = audit(campaign);
  return { ...found, problems: [...campaign.problems, ...found.problems].map((problem) => `job ${job}: ${problem}`) };
}

function seconds(): string {
  return ((performance.now() - startedAtMs) / 1_000).toFixed(0);
}
