/**
 * Sends random and nearly right messages to everything that hears another thread or a backend, and looks after each
 * storm whether a right message is still answered: `npm run campaign:messages -- --messages 10000000 --seed 1`.
 */
import { parseArgs } from 'node:util';
import { MessageMaker } from './messages/message-maker.ts';
import { operatorTarget, sourceTarget } from './messages/operator-targets.ts';
import { backendTarget, hostTarget, supervisorTarget } from './messages/targets.ts';

const STORM = 10_000;

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
});
let uncaughtCount = 0;
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: unknown) => {
    uncaughtCount += 1;
    if (uncaughtCount <= 10) console.log(`UNCAUGHT`, error);
  });
}
const maker = new MessageMaker(Number(values.seed));
const targets = [
  await supervisorTarget(maker),
  await hostTarget(maker),
  await operatorTarget(maker),
  await sourceTarget(maker),
  await backendTarget(maker),
];
const startedAtMs = performance.now();
const spentMs: Record<string, number> = {};
for (let sent = 0; sent < Number(values.messages); sent += STORM * targets.length) {
  for (const target of targets) {
    const beganAtMs = performance.now();
    await target.storm(STORM);
    await target.check();
    spentMs[target.name] = (spentMs[target.name] ?? 0) + performance.now() - beganAtMs;
  }
  if ((sent / STORM) % 60 === 0) console.log(`${sent} messages in ${seconds()} s`);
}
for (const target of targets) target.close();
for (const [name, ms] of Object.entries(spentMs)) console.log(`  ${name}: ${(ms / 1_000).toFixed(0)} s`);
console.log(`${values.messages} messages from seed ${values.seed} in ${seconds()} s, ${uncaughtCount} faults uncaught`);
process.exitCode = uncaughtCount === 0 ? 0 : 1;

function seconds(): string {
  return ((performance.now() - startedAtMs) / 1_000).toFixed(0);
}
