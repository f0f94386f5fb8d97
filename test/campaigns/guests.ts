/**
 * Hostile WASM guests against what they were not granted: `npm run campaign:guests -- [--only urls] [--said]`. None may
 * succeed. `--said` also prints what each was told.
 */
import { parseArgs } from 'node:util';
import { ATTACKS, CONTROLS } from './guests/attacks.ts';
import { type Finding, Prison } from './guests/prison.ts';
import { tableOf } from './guests/table.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, said: { type: 'boolean', default: false } },
});
const startedAtMs = performance.now();
const prison = await Prison.open();
const findings: Finding[] = [];
for (const attack of [...CONTROLS, ...ATTACKS]) {
  const isControl = CONTROLS.includes(attack);
  if (!isControl && !`${attack.kind}/${attack.name}`.includes(values.only)) continue;
  const finding = await prison.try(attack);
  if (values.said) console.log(`${attack.kind}/${attack.name}: ${finding.said.slice(0, 160)}`);
  if (!isControl) findings.push(finding);
  else if (finding.breaches.length === 0) problem(`the guest cannot reach ${attack.name}: ${finding.said}`);
}
await prison[Symbol.asyncDispose]();
console.log(tableOf(findings));
console.log(`${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
if (findings.some(({ breaches }) => breaches.length > 0)) process.exitCode = 1;

function problem(text: string): void {
  console.log(`PROBLEM ${text}`);
  process.exitCode = 1;
}
