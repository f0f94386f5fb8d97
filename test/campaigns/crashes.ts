/**
 * Kills a process with schedules in the midst of its work, some of the time inside a commit, and audits what the store,
 * the journal of what really ran and the calendar say: `npm run soak:crashes -- --rounds 200 --seed 1`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { audit } from './crash/audit.ts';
import { runCampaign } from './crash/campaign.ts';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } },
});
const rounds = Number(values.rounds);
const folder = mkdtempSync(join(tmpdir(), 'escapement-crashes-'));
const startedAtMs = performance.now();
const campaign = await runCampaign({
  folder,
  rounds,
  seed: Number(values.seed),
  onRound: (round) => {
    if ((round + 1) % 20 === 0) console.log(`${round + 1} rounds in ${seconds()} s`);
  },
});
const { problems, occurrences, reached } = audit(campaign);
const all = [...campaign.problems, ...problems];
console.log(
  `${rounds} rounds in ${seconds()} s, ${campaign.deathsInCommit} of them ended inside a commit or right after one`,
);
console.log(`${occurrences} occurrences: ${JSON.stringify(reached)}`);
for (const problem of all) console.log(`PROBLEM ${problem}`);
console.log(`${all.length} problems${all.length > 0 ? `, left in ${folder}` : ''}`);
if (all.length === 0) rmSync(folder, { recursive: true });
process.exitCode = all.length === 0 ? 0 : 1;

function seconds(): string {
  return ((performance.now() - startedAtMs) / 1_000).toFixed(0);
}
