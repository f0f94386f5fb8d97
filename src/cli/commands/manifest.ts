import { createScheduler, type Manifest, type SchedulerOptions } from '../../index.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { loadConfig } from '../input/config-file.ts';
import { dryOptions } from '../input/dry-options.ts';
import { enterProject } from '../input/find-config.ts';
import { moduleOf } from '../input/plugin-module.ts';
import { UsageError } from '../input/usage-error.ts';
import { counted } from '../output/counted.ts';
import { printManifest } from '../output/manifest-report.ts';
import type { Terminal } from '../output/terminal.ts';
import { checkedRefusal, printRefused, type RefusedModule } from '../output/validation-report.ts';

/** `escapement manifest`: what plugins are, what they need and what they may do, without running anything of theirs. */
export const manifestCommand: Command = {
  name: 'manifest',
  parameters: '[<plugin…>]',
  summary: 'list plugins with their schedules, capabilities and permissions',
  options: {
    config: { type: 'string', value: '<config>', help: 'list the plugins of this configuration file' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'Without arguments, it reads escapement.config.ts (or .mts, .js, .mjs) in the\nworking directory, or above it in the package. Plugins are loaded as a scheduler\nwould load them: the module, its factory and schedules() are executed, but never\nrun(). Stores and lock backends are not opened.',
    'Exit code: 1 if a plugin is refused, or requires a capability that is missing.',
  ],
  run: async (args, terminal) => {
    const { manifest, refused } = await read(await optionsOf(args));
    const missingCount = manifest.plugins.filter(({ missing }) => missing.length > 0).length;
    const isRight = refused.length === 0 && missingCount === 0;
    if (args.values['json']) terminal.result(JSON.stringify({ ...manifest, refused }, null, 2));
    else print(manifest, refused, terminal, isRight);
    return isRight ? 0 : 1;
  },
};

async function optionsOf(args: CommandArguments): Promise<SchedulerOptions> {
  const config = textOption(args, 'config');
  const plugins = args.positionals.map(moduleOf);
  if (config !== undefined && plugins.length > 0) throw new UsageError('manifest takes plugins or --config, not both.');
  if (plugins.length > 0) return { plugins };
  const file = config ?? enterProject()?.name;
  if (file === undefined) {
    throw new UsageError('manifest needs a plugin or a configuration file: escapement manifest ./plugins/report.ts.');
  }
  return loadConfig(file);
}

async function read(options: SchedulerOptions): Promise<{ manifest: Manifest; refused: readonly RefusedModule[] }> {
  const scheduler = await createScheduler({ ...dryOptions(options), onPluginError: 'continue' });
  try {
    await scheduler.start();
    return { manifest: await scheduler.manifest(), refused: scheduler.refusedPlugins.map(checkedRefusal) };
  } finally {
    await scheduler.stop({ drainMs: 0 });
  }
}

function print(manifest: Manifest, refused: readonly RefusedModule[], terminal: Terminal, isRight: boolean): void {
  printManifest(manifest, terminal);
  printRefused(refused, terminal);
  const schedules = manifest.plugins.reduce((sum, plugin) => sum + plugin.schedules.length, 0);
  const summary = `${counted(manifest.plugins.length, 'plugin')} with ${counted(schedules, 'schedule')}, ${counted(refused.length, 'plugin')} refused`;
  terminal.notice(terminal.paintNotice(isRight ? 'green' : 'red', summary));
}
