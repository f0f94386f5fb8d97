import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

/** Schedules that keep the pool busy: each run uses the CPU for some milliseconds, and they fall due all the time. */
export default function burnPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { schedules, cron, burnMs } = options as unknown as BurnOptions;
  return {
    name: 'burn',
    schedules: () => Array.from({ length: schedules }, (_, index) => ({ id: `schedule-${index}`, cron })),
    run: () => {
      const endMs = performance.now() + burnMs;
      while (performance.now() < endMs);
    },
  };
}

export interface BurnOptions {
  readonly schedules: number;
  readonly cron: string;
  readonly burnMs: number;
}
