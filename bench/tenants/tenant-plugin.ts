import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

/** What one tenant has: schedules of a second, each of which works for a while. */
export interface TenantOptions {
  readonly schedules: number;
  readonly workMs: number;
  /** Spreads what is due over the second; 0: all of it is due at once. */
  readonly jitterMs: number;
}

export default function tenantPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { schedules, workMs, jitterMs } = options as unknown as TenantOptions;
  return {
    name: 'jobs',
    schedules: () => Array.from({ length: schedules }, (_, index) => ({ id: `job-${index}`, cron: '1s', jitterMs })),
    run: () => {
      const untilMs = performance.now() + workMs;
      while (performance.now() < untilMs);
    },
  };
}
