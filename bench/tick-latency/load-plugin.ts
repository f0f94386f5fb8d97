import { openSync } from 'node:fs';
import type { PluginInstall, ScheduledPlugin } from '../../src/plugin.ts';
import { type LoadParameters, PERIOD_MS, work } from './load.ts';
import { scheduleNames } from './systems/system.ts';

interface LoadOptions extends Pick<LoadParameters, 'schedules' | 'workMs'> {
  readonly jitterMs: number;
  readonly file: string;
}

/** The load as a plugin: the same work that the other systems do, on a pool thread. */
export default function loadPlugin({ options }: PluginInstall): ScheduledPlugin {
  const { jitterMs, file, workMs, schedules } = options as unknown as LoadOptions;
  const fd = openSync(file, 'a');
  return {
    name: 'load',
    schedules: () => scheduleNames({ schedules }).map((id) => ({ id, cron: `${PERIOD_MS}ms`, jitterMs })),
    run: ({ scheduleId, scheduledAtMs }) => work(fd, { workMs }, { schedule: scheduleId, scheduledAtMs }),
  };
}
