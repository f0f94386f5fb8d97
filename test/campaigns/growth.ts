/**
 * What a scheduler keeps of what it does over and over: `npm run campaign:growth -- --what reloads --count 1000`.
 * Without `--what`, every campaign in turn, each in a process of its own. Memory must reach a plateau, and open
 * descriptors must stay as many as they were.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { CAMPAIGNS } from './growth/campaigns.ts';
import { HEADINGS, rowOf } from './growth/table.ts';
import { judge, percent, type Tenth } from './growth/verdict.ts';

const { values } = parseArgs({ options: { what: { type: 'string' }, count: { type: 'string' } } });
const chosen = values.what === undefined ? Object.keys(CAMPAIGNS) : values.what.split(',');
const unknown = chosen.filter((name) => !(name in CAMPAIGNS));
if (unknown.length > 0) {
  console.error(`There is no campaign ${unknown.join(', ')}: there are ${Object.keys(CAMPAIGNS).join(', ')}.`);
  process.exitCode = 2;
} else {
  for (const name of chosen) await campaign(name);
}

async function campaign(name: string): Promise<void> {
  const { summary = '', defaultCount = 0, isControl = false } = CAMPAIGNS[name] ?? {};
  const count = Number(values.count ?? defaultCount);
  console.log(`\n${name}: ${count} ${summary}\n${HEADINGS}`);
  const startedAtMs = performance.now();
  const tenths: Tenth[] = [];
  const child = fork(new URL('./growing-process.ts', import.meta.url), [name, String(count)], {
    execArgv: ['--expose-gc'],
  });
  child.on('message', (tenth: Tenth) => {
    tenths.push(tenth);
    console.log(rowOf(tenths.length, tenth));
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0) {
    console.log(`PROBLEM the process of the campaign ended with ${signal ?? code}`);
    process.exitCode = 1;
    return;
  }
  const { growth, problems } = judge(tenths);
  const seconds = ((performance.now() - startedAtMs) / 1_000).toFixed(0);
  console.log(`${seconds} s; from the second tenth to the last, memory changed by ${percent(growth)}`);
  if (isControl) return;
  for (const problem of problems) console.log(`PROBLEM ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
}
