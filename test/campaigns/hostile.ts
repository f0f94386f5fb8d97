/**
 * Hostile plugins, hosts, options and files, each in a process of its own beside a neighbour that has to go on:
 * `npm run campaign:hostile -- [--only memory] [--isolation thread|process|both] [--jobs 1] [--seed 1] [--quick]`.
 * `--uncontained` also runs in threads what only a process can contain, and `--list` shows the names.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { isAvailable, runCampaign } from './hostile/campaign.ts';
import { QUICK } from './hostile/quick.ts';
import { fullName, type Isolation, type KindOfScenario } from './hostile/scenario.ts';
import { isPossible, SCENARIOS } from './hostile/scenarios.ts';
import { lineOf, tableOf } from './hostile/table.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    isolation: { type: 'string', default: 'thread' },
    jobs: { type: 'string', default: '1' },
    seed: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    uncontained: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    output: { type: 'string' },
  },
});
const isolations: readonly string[] = values.isolation === 'both' ? ['thread', 'process'] : [values.isolation];
const lines: string[] = [];
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

for (const isolation of isolations as readonly Isolation[]) {
  const scenarios = SCENARIOS.filter((scenario) => isChosen(scenario, isolation));
  if (values.list) {
    for (const scenario of scenarios) say(`${fullName(scenario)} (${scenario.containedBy ?? 'thread'})`);
  } else if (await isAvailable(isolation)) await runAll(scenarios, isolation);
  else {
    say(`This version cannot run plugins in a ${isolation} of their own: nothing was tried.`);
    process.exitCode = 1;
  }
}
if (values.output !== undefined) writeFileSync(values.output, `${lines.join('\n')}\n`);

async function runAll(scenarios: readonly KindOfScenario[], isolation: Isolation): Promise<void> {
  const startedAtMs = performance.now();
  say(`${scenarios.length} scenarios, plugins in a ${isolation}`);
  const campaign = await runCampaign({
    scenarios,
    isolation,
    seed: Number(values.seed),
    jobs: Number(values.jobs),
    onResult: (result) => say(lineOf(result)),
  });
  say('');
  say(tableOf(campaign));
  say(`${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
  if (campaign.results.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

function isChosen(scenario: KindOfScenario, isolation: Isolation): boolean {
  const isContained = isolation === 'process' || scenario.containedBy !== 'process' || values.uncontained;
  const isQuick = !values.quick || QUICK.includes(fullName(scenario));
  return isPossible(scenario) && isContained && isQuick && fullName(scenario).includes(values.only);
}

function say(line: string): void {
  lines.push(line);
  console.log(line);
}
