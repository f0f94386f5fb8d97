import type { PluginInstall, ScheduledPlugin } from '../src/plugin.ts';

interface EmptyOptions {
  /** How many schedules the plugin declares. */
  readonly schedules: number;
  readonly cron: string;
}

/** Schedules whose runs do nothing, so that a benchmark measures everything around them. */
export default function emptyPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { schedules, cron } = options as unknown as EmptyOptions;
  return {
    name: 'empty',
    schedules: () => Array.from({ length: schedules }, (_, index) => ({ id: `schedule-${index}`, cron })),
    run: () => {},
  };
}
