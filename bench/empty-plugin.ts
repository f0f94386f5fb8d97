import type { PluginInstall, ScheduledPlugin } from '../src/index.ts';

interface EmptyOptions {
  /** How many schedules it declares. */
  readonly schedules: number;
  readonly cron: string;
}

/** Schedules that do nothing: what is measured is everything around them. */
export default function emptyPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { schedules, cron } = options as unknown as EmptyOptions;
  return {
    name: 'empty',
    schedules: () => Array.from({ length: schedules }, (_, index) => ({ id: `schedule-${index}`, cron })),
    run: () => {},
  };
}
