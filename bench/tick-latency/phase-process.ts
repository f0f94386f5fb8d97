/** One phase: one system under one load, in a process whose main thread is the blocked host. */
import { setTimeout as sleep } from 'node:timers/promises';
import { watchCpu } from '../foreign-load.ts';
import { blockHost } from './host-block.ts';
import { PERIOD_MS, wallNowMs } from './load.ts';
import type { PhaseRequest, PhaseResult } from './phase.ts';
import { cronerSystem } from './systems/croner.ts';
import { escapementSystem } from './systems/escapement.ts';
import { nodeCronSystem } from './systems/node-cron.ts';
import { nodeCronBackgroundSystem } from './systems/node-cron-background.ts';
import type { System } from './systems/system.ts';

const SYSTEMS: Readonly<Record<PhaseRequest['system'], System>> = {
  escapement: escapementSystem,
  'node-cron': nodeCronSystem,
  'node-cron background': nodeCronBackgroundSystem,
  croner: cronerSystem,
};
/** What falls due in this time is not counted, because threads still start and code is compiled. */
const WARM_UP_PERIODS = 2;
/** How long late runs may still start after the end. */
const OVERTIME_MS = 2 * PERIOD_MS;

process.once('message', (request: PhaseRequest) => {
  void run(request).then((result) => {
    process.send?.(result, () => process.exit());
  });
});

async function run({ system, parameters, file }: PhaseRequest): Promise<PhaseResult> {
  const running = await SYSTEMS[system].start(parameters, file);
  const host = blockHost(parameters.busyMs, parameters.freeMs);
  const fromMs = (Math.ceil(wallNowMs() / PERIOD_MS) + WARM_UP_PERIODS) * PERIOD_MS;
  const untilMs = fromMs + parameters.durationMs;
  const cpuUse = watchCpu();
  // The host stays blocked while late runs start, so that they are measured under the same load.
  await sleep(untilMs + OVERTIME_MS - wallNowMs());
  host.stop();
  const cpu = cpuUse();
  await running.stop();
  return {
    fromMs,
    untilMs,
    cpu,
    records: running.records ?? [],
    decisions: running.decisions ?? [],
  };
}
