import { setTimeout as sleep } from 'node:timers/promises';
import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

const SLEEP_MS = 600_000;

/** A schedule whose ticks are measured, and one whose run sleeps until it is aborted. */
export default function sleepingPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { period } = options as unknown as { readonly period: string };
  return {
    name: 'clock-sleep',
    schedules: () => [
      { id: 'tick', cron: period },
      { id: 'sleeper', cron: '1d', budget: { wallMs: SLEEP_MS } },
    ],
    run: async ({ scheduleId, signal }) => {
      if (scheduleId === 'sleeper') await sleep(SLEEP_MS, undefined, { signal });
    },
  };
}
