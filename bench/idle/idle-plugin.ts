import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';

const MINUTES_A_DAY = 1_440;
interface IdleOptions {
  readonly name: string;
  readonly schedules: number;
}

/** The days that every month has. */
const DAYS = 28;

/** Schedules that are not due for about half a year, each with its own expression: a second of a day of a month. */
export default function idlePlugin({ options }: PluginInstall): ScheduledPlugin {
  const { name, schedules } = options as unknown as IdleOptions;
  const month = ((new Date().getUTCMonth() + 6) % 12) + 1;
  return {
    name,
    schedules: () =>
      Array.from({ length: schedules }, (_, index) => {
        const minute = index % MINUTES_A_DAY;
        const day = 1 + (Math.floor(index / MINUTES_A_DAY) % DAYS);
        const second = Math.floor(index / (MINUTES_A_DAY * DAYS));
        const cron = `${second} ${minute % 60} ${Math.floor(minute / 60)} ${day} ${month} *`;
        return { id: `schedule-${index}`, cron };
      }),
    run: () => {},
  };
}
