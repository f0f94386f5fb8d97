import { createScheduler, type PluginManifest, type RefusedPlugin, type ScheduleStatus } from '../../index.ts';
import type { Command } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { moduleOf } from '../input/plugin-module.ts';
import { UsageError } from '../input/usage-error.ts';
import { counted } from '../output/counted.ts';
import type { Terminal } from '../output/terminal.ts';
import {
  type CheckedPlugin,
  type CheckedSchedule,
  checkedPlugin,
  checkedRefusal,
  checkedSchedule,
  printAccepted,
  printRefused,
  type RefusedModule,
} from '../output/validation-report.ts';

/** `escapement validate`: would a scheduler accept these plugins, and when would their schedules fall due? */
export const validateCommand: Command = {
  name: 'validate',
  parameters: '<plugin…>',
  summary: 'load plugins, and show when their schedules fall due',
  options: {
    timezone: { type: 'string', value: '<zone>', help: 'IANA zone of schedules that set none (default: UTC)' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'Plugins are loaded as a scheduler would load them: the module, its factory and\nschedules() are executed, but never run().',
    'Exit code: 1 if a plugin is refused.',
  ],
  run: async (args, terminal) => {
    if (args.positionals.length === 0)
      throw new UsageError('validate needs a plugin: escapement validate ./plugins/report.ts.');
    const timezone = textOption(args, 'timezone') ?? 'UTC';
    const loaded = await load(args.positionals.map(moduleOf), timezone);
    const schedules = loaded.statuses.map((status) => checkedSchedule(status, Date.now()));
    const plugins = loaded.plugins.map(checkedPlugin);
    const refused = loaded.refused.map(checkedRefusal);
    if (args.values['json']) terminal.result(JSON.stringify({ schedules, plugins, refused }, null, 2));
    else print({ schedules, plugins, refused }, terminal);
    return refused.length === 0 ? 0 : 1;
  },
};

interface Loaded {
  readonly plugins: readonly PluginManifest[];
  readonly statuses: readonly ScheduleStatus[];
  readonly refused: readonly RefusedPlugin[];
}

async function load(plugins: readonly string[], timezone: string): Promise<Loaded> {
  const scheduler = await createScheduler({
    plugins,
    timezone,
    pool: { maxThreads: 1 },
    onPluginError: 'continue',
    dryRun: true,
    logger: { level: 'silent' },
  });
  try {
    await scheduler.start();
    const { plugins: accepted } = await scheduler.manifest();
    return { statuses: await scheduler.schedules(), plugins: accepted, refused: scheduler.refusedPlugins };
  } finally {
    await scheduler.stop({ drainMs: 0 });
  }
}

interface Checked {
  readonly schedules: readonly CheckedSchedule[];
  readonly plugins: readonly CheckedPlugin[];
  readonly refused: readonly RefusedModule[];
}

function print({ schedules, plugins, refused }: Checked, terminal: Terminal): void {
  printAccepted(plugins, schedules, terminal);
  printRefused(refused, terminal);
  const summary = `${counted(schedules.length, 'schedule')} accepted, ${counted(refused.length, 'plugin')} refused`;
  terminal.notice(terminal.paintNotice(refused.length === 0 ? 'green' : 'red', summary));
}
