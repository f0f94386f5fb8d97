import { COMMON_OPTIONS, type Command, type CommandOption } from '../command.ts';
import { DEFAULT_WIDTH, wrapped, wrappedColumns } from './wrapping.ts';

/** What `escapement --help` prints. */
export function generalHelp(commands: readonly Command[], width = DEFAULT_WIDTH): string {
  const rows = commands.map(({ name, parameters, summary }): Row => [`${name} ${parameters}`.trimEnd(), summary]);
  return [
    'Usage: escapement <command> [options]',
    '',
    'Commands:',
    ...wrappedColumns([...rows, ['help <command>', 'show how a command is used']], width),
    '',
    'Options:',
    ...wrappedColumns(
      [
        ['--help', 'show this help'],
        ['--version', 'show the version'],
        ['--debug', 'show the stack of an error'],
      ],
      width,
    ),
  ].join('\n');
}

/** What `escapement help <command>` prints. */
export function commandHelp({ name, parameters, summary, options, details }: Command, width = DEFAULT_WIDTH): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS }).map(optionRow);
  return [
    `Usage: escapement ${`${name} ${parameters}`.trimEnd()} [options]`,
    '',
    ...wrapped(`${summary[0]?.toUpperCase()}${summary.slice(1)}.`, width),
    '',
    'Options:',
    ...wrappedColumns(rows, width),
    ...details.flatMap((paragraph) => ['', ...wrapped(paragraph.replaceAll('\n', ' '), width)]),
  ].join('\n');
}

type Row = readonly [left: string, right: string];

function optionRow([name, { value, help }]: [string, CommandOption]): Row {
  return [value === undefined ? `--${name}` : `--${name} ${value}`, help];
}
