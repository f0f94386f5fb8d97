import type { PluginInstall, ScheduledPlugin } from '../../src/index.ts';

interface ListsOptions {
  readonly schedules: number;
}

const PERIODS = 50;
/** So many fall due every second, so that ticks can be measured at any time. */
const EVERY_SECOND = 20;

/** Schedules of one to fifty minutes, spread by their jitter: some hundred of a hundred thousand fall due in a second. */
export default function listsPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { schedules } = options as unknown as ListsOptions;
  return {
    name: 'lists',
    schedules: () =>
      Array.from({ length: schedules }, (_, index) => {
        const minutes = 1 + (index % PERIODS);
        const id = `Tenant-${index % 997}.report-${index}`;
        if (index < EVERY_SECOND) return { id, cron: '1s' };
        return {
          id,
          description: `Report ${index} of every ${minutes} minutes`,
          cron: `${minutes}m`,
          jitterMs: minutes * 60_000 - 1_000,
        };
      }),
    run: () => {
      // Nothing fails unless it is asked to: one in a hundred runs shows what sorting by trouble does.
      if (Math.random() < 0.01) throw new Error('one of the reports that fail');
    },
  };
}
