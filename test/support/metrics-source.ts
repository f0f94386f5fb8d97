import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import type { SchedulerSource } from '../../src/console/scheduler-source.ts';
import { checkOptions } from '../../src/host/checking/check-options.ts';
import type { HostFunction } from '../../src/host/host-functions.ts';
import { resolveOptions } from '../../src/host/resolve-options.ts';
import type { SchedulerOptions } from '../../src/host/scheduler-options.ts';
import { SupervisorClient } from '../../src/host/supervisor-client.ts';
import type { MetricsReport } from '../../src/supervisor/observing/metrics-report.ts';
import type { SupervisorEvent } from '../../src/supervisor/protocol.ts';

/** A source that only knows what is counted. */
export function sourceOfMetrics(report: () => Promise<MetricsReport> | MetricsReport): SchedulerSource {
  const ask = async (method: string): Promise<never> => {
    if (method !== 'metrics') throw new TypeError(`the test did not expect "${method}"`);
    return (await report()) as never;
  };
  return { ask, listen: () => () => {} };
}

/** A supervisor in its own thread, and how to wait for what it says; it ends with the test. */
export async function startCounting(options: SchedulerOptions) {
  const heard: SupervisorEvent[] = [];
  const listeners = new Set<() => void>();
  const restarted = Promise.withResolvers<void>();
  const config = resolveOptions(checkOptions({ logger: { level: 'silent' }, pool: { maxThreads: 1 }, ...options }));
  const functions = new Map<string, HostFunction>();
  const client = new SupervisorClient(config, functions, {
    heard: (event) => {
      heard.push(event);
      for (const listener of listeners) listener();
    },
    restarted: () => restarted.resolve(),
    stuck: () => {},
    gaveUp: restarted.reject,
  });
  onTestFinished(async () => {
    await client.stop(0, async () => {});
  });
  const spawned = once(process, 'worker');
  await client.start();
  const [thread] = (await spawned) as [Worker];
  const until = (fits: (events: readonly SupervisorEvent[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!fits(heard)) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  const report = (): Promise<MetricsReport> => client.request('metrics', null);
  return { client, thread, until, report, whenRestarted: restarted.promise, source: sourceOfMetrics(report) };
}
