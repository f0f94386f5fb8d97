import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

interface Options {
  readonly schedules: number;
  /** Spreads the starts of an occurrence over the second. */
  readonly jitterMs: number;
}

/** Schedules of one second that every node of a cluster has. Their runs do nothing. */
export default function everySecond({ options }: PluginInstall): ScheduledPlugin {
  const { schedules, jitterMs } = options as unknown as Options;
  return {
    name: 'every-second',
    schedules: () =>
      Array.from({ length: schedules }, (_, index) => ({
        id: `schedule-${index}`,
        cron: '* * * * * *',
        jitterMs,
        locking: 'require-global' as const,
      })),
    run: () => {},
  };
}
