import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

/** The herd falls due at one instant, every so often. The other schedule is due every few milliseconds. */
export default function herdPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { herd, herdPeriod, besidePeriod } = options as unknown as HerdOptions;
  return {
    name: 'herd',
    schedules: () => [
      { id: 'beside', cron: besidePeriod },
      ...Array.from({ length: herd }, (_, index) => ({ id: `herd-${index}`, cron: herdPeriod })),
    ],
    run: () => {},
  };
}

export interface HerdOptions {
  /** How many schedules are due at one instant. */
  readonly herd: number;
  readonly herdPeriod: string;
  readonly besidePeriod: string;
}
