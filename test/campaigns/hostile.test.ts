/** A part of `npm run campaign:hostile` that is quick, and the rules that its scenarios have to keep. */
import { parseSync } from 'oxc-parser';
import { describe, expect, test } from 'vitest';
import { runCampaign, type ScenarioResult } from './hostile/campaign.ts';
import { LATE } from './hostile/judge.ts';
import { QUICK } from './hostile/quick.ts';
import { fullName } from './hostile/scenario.ts';
import { SCENARIOS } from './hostile/scenarios.ts';
import { tableOf } from './hostile/table.ts';

const STALL_MS = 5_000;

describe('hostile scenarios', () => {
  test('have names of their own', () => {
    const names = SCENARIOS.map(fullName);
    expect(new Set(names).size).toBe(names.length);
  });

  test('have plugins that can be parsed, unless they are about that', () => {
    const broken = SCENARIOS.filter(({ plugin = '' }) => parseSync('plugin.mjs', plugin).errors.length > 0);
    expect(broken.map(fullName)).toEqual(['modules/import-with-a-syntax-error']);
  });

  test('the quick ones are contained', async () => {
    const scenarios = SCENARIOS.filter((scenario) => QUICK.includes(fullName(scenario)));
    expect(scenarios.length).toBe(QUICK.length);
    const campaign = await runCampaign({ scenarios, isolation: 'thread', seed: 1, jobs: 2 });
    // A busy machine makes a neighbour late too: only a stall is told from it here.
    const isHarm = ({ problems, latestMs }: ScenarioResult): boolean =>
      latestMs > STALL_MS || problems.some(({ expected }) => expected !== LATE);
    expect(
      campaign.results.filter(isHarm).flatMap(({ problems }) => problems),
      tableOf(campaign),
    ).toEqual([]);
  }, 300_000);
});
