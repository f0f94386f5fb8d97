/**
 * Attacks every kind of console over raw connections: `npm run campaign:console -- [--only smuggling] [--quick]`.
 * Nothing may get in, change the scheduler's state, or end the process.
 */
import { parseArgs } from 'node:util';
import { ATTACKS, attackAll, tableOf } from './console/campaign.ts';

const { values } = parseArgs({
  options: { only: { type: 'string', default: '' }, quick: { type: 'boolean', default: false } },
});
const attacks = ATTACKS.filter(
  ({ kind, name, isSlow }) => `${kind}: ${name}`.includes(values.only) && !(values.quick && isSlow === true),
);
const results = await attackAll(attacks, ({ attack, harms }) => {
  for (const { harm, what } of harms) console.log(`${harm}: ${attack.kind}: ${attack.name}: ${what}`);
});
console.log(tableOf(results));
process.exitCode = results.length > 0 && results.every(({ harms }) => harms.length === 0) ? 0 : 1;
