import type { Budget, Manifest, Permissions, PluginManifest } from '../../index.ts';
import { installationName } from '../../machines/run.ts';
import { loadFuelText } from './load-fuel.ts';
import { modulePath } from './module-path.ts';
import { printCells, printParagraph, widestLine } from './paragraph.ts';
import { alignedRows } from './table.ts';
import type { Terminal } from './terminal.ts';
import { watchText } from './validation-report.ts';
import { wrappedColumns } from './wrapping.ts';

/** Prints what is installed, plugin by plugin. */
export function printManifest({ provides, plugins }: Manifest, terminal: Terminal): void {
  for (const plugin of plugins) printPlugin(plugin, terminal);
  if (provides.length === 0) return;
  printParagraph(`The scheduler provides ${provides.join(', ')}.`, terminal, { indent: '' });
}

function printPlugin(plugin: PluginManifest, terminal: Terminal): void {
  const { name, version = '', description, permissions, missing, schedules } = plugin;
  terminal.result(`${terminal.paint('bold', installationName(name, plugin))} ${version}`.trimEnd());
  if (description !== undefined) printParagraph(description, terminal, { indent: '  ', style: 'dim' });
  const facts: [string, string][] = [
    ['module', modulePath(plugin.module)],
    ['provides', plugin.provides.join(', ')],
    ['requires', plugin.requires.join(', ')],
    ['permissions', permissionsText(permissions)],
    ['limits', limitsText(plugin)],
    ['load', loadFuelText(plugin)],
  ];
  const shown = facts.filter(([, text]) => text !== '');
  const width = terminal.width ?? Number.POSITIVE_INFINITY;
  for (const line of wrappedColumns(shown, width)) terminal.result(line);
  if (missing.length > 0) printParagraph(`missing: ${missing.join(', ')}`, terminal, { indent: '  ', style: 'yellow' });
  const rows = schedules.map(({ key, cron, timezone, missedRunPolicy, locking, enabled, watch }) =>
    [
      key,
      `"${cron}"`,
      timezone,
      missedRunPolicy,
      locking,
      [enabled ? '' : 'disabled', watch === undefined ? '' : watchText(watch)].filter((text) => text !== '').join(', '),
    ].map((text) => ({ text })),
  );
  const lines = alignedRows(rows);
  // Lines that are broken anywhere cannot be read as a table.
  const isTable = widestLine(lines) + 2 <= width;
  if (isTable) for (const line of lines) terminal.result(`  ${line}`);
  else
    for (const row of rows)
      printCells(
        row.filter(({ text }) => text !== ''),
        terminal,
        { indent: '  ', gap: 2 },
      );
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
