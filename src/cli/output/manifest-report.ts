import type { Budget, Manifest, Permissions, PluginManifest } from '../../index.ts';
import { installationName } from '../../machines/run.ts';
import { loadFuelText } from './load-fuel.ts';
import { modulePath } from './module-path.ts';
import { alignedRows } from './table.ts';
import type { Terminal } from './terminal.ts';
import { watchText } from './validation-report.ts';

/** Prints what is installed, plugin by plugin. */
export function printManifest({ provides, plugins }: Manifest, terminal: Terminal): void {
  for (const plugin of plugins) printPlugin(plugin, terminal);
  if (provides.length > 0) terminal.result(`The scheduler provides ${provides.join(', ')}.`);
}

function printPlugin(plugin: PluginManifest, terminal: Terminal): void {
  const { name, version = '', description, permissions, missing, schedules } = plugin;
  terminal.result(`${terminal.paint('bold', installationName(name, plugin))} ${version}`.trimEnd());
  if (description !== undefined) terminal.result(`  ${terminal.paint('dim', description)}`);
  const facts: [string, string][] = [
    ['module', modulePath(plugin.module)],
    ['provides', plugin.provides.join(', ')],
    ['requires', plugin.requires.join(', ')],
    ['permissions', permissionsText(permissions)],
    ['limits', limitsText(plugin)],
    ['load', loadFuelText(plugin)],
  ];
  const shown = facts.filter(([, text]) => text !== '');
  for (const line of alignedRows(shown.map(([label, text]) => [{ text: `  ${label}` }, { text }])))
    terminal.result(line);
  if (missing.length > 0) terminal.result(`  ${terminal.paint('yellow', `missing: ${missing.join(', ')}`)}`);
  const rows = schedules.map(({ key, cron, timezone, missedRunPolicy, locking, enabled, watch }) =>
    [
      `  ${key}`,
      `"${cron}"`,
      timezone,
      missedRunPolicy,
      locking,
      [enabled ? '' : 'disabled', watch === undefined ? '' : watchText(watch)].filter((text) => text !== '').join(', '),
    ].map((text) => ({ text })),
  );
  for (const line of alignedRows(rows)) terminal.result(line);
}

function permissionsText(permissions: Permissions = {}): string {
  return Object.entries(permissions)
    .map(([name, value]) => `${name} ${Array.isArray(value) ? value.join(' ') || 'none' : value}`)
    .join('; ');
}

/** Every limit that is one, by its name: a limit that a later release adds is shown, too. */
function limitsText({ budget, maxConcurrent }: PluginManifest): string {
  const limits = Object.entries({ ...budget, maxConcurrent } satisfies Budget & { maxConcurrent: unknown });
  return limits
    .filter(([, value]) => value !== undefined && Number.isFinite(value))
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
}
