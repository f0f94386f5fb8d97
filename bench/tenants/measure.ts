import { setTimeout as sleep } from 'node:timers/promises';
import { createScheduler, type Decision, type RunRecord } from '../../src/index.ts';
import type { TenantOptions } from './tenant-plugin.ts';

export const TENANTS = 64;
export const THREADS = 2;
/** So many schedules has a tenant, and so many one that floods. */
export const OWN_SCHEDULES = 4;
export const FLOOD_SCHEDULES = 2_000;
export const WORK_MS = 0.5;
/** Until the scheduler has started and its threads with it. */
const WARM_UP_MS = 3_000;
const FLOOD = 'tenant-0';

/** What happened to all tenants but the first one, which is the one that may flood. */
export interface TenantsRun {
  /** Start lateness of their runs. */
  readonly lateMs: readonly number[];
  /** How many of their occurrences did not run. */
  readonly notRun: number;
  /** How many runs the first tenant had. */
  readonly floodRuns: number;
}

export async function runTenants(isFlooded: boolean, jitterMs: number, measuredMs: number): Promise<TenantsRun> {
  const plugins = Array.from({ length: TENANTS }, (_, index) => {
    const schedules = isFlooded && index === 0 ? FLOOD_SCHEDULES : OWN_SCHEDULES;
    const options = { schedules, workMs: WORK_MS, jitterMs } satisfies TenantOptions;
    return { module: './tenant-plugin.ts', tenantId: `tenant-${index}`, options };
  });
  const scheduler = await createScheduler({
    plugins,
    baseUrl: import.meta.url,
    pool: { minThreads: THREADS, maxThreads: THREADS },
    logger: { level: 'silent' },
  });
  const records: RunRecord[] = [];
  const decisions: Decision[] = [];
  scheduler.on('run', (record) => records.push(record));
  scheduler.on('decision', (decision) => decisions.push(decision));
  await scheduler.start();
  await sleep(WARM_UP_MS);
  const fromMs = Date.now();
  await sleep(measuredMs);
  const untilMs = Date.now();
  // What was due in the time is over by then.
  await sleep(1_000);
  await scheduler.stop({ drainMs: 0 });
  const isMeasured = (atMs: number): boolean => atMs >= fromMs && atMs < untilMs;
  const measured = records.filter(({ dueAtMs, threadId }) => threadId !== undefined && isMeasured(dueAtMs));
  const others = decisions.filter(({ key, fromMs: atMs }) => !key.startsWith(`jobs@${FLOOD}/`) && isMeasured(atMs));
  return {
    lateMs: measured.filter(({ tenantId }) => tenantId !== FLOOD).map(({ lateness }) => lateness.totalMs),
    notRun: others.reduce((sum, { count }) => sum + count, 0),
    floodRuns: measured.filter(({ tenantId }) => tenantId === FLOOD).length,
  };
}
