import { COMMON_OPTIONS, type Command, type CommandOption } from '../command.ts';

/** What `escapement --help` prints. */
export function generalHelp(commands: readonly Command[]): string {
  const rows = commands.map(({ name, parameters, summary }): Row => [`${name} ${parameters}`.trimEnd(), summary]);
  return [
    'Usage: escapement <command> [options]',
    '',
    'Commands:',
    ...columns([...rows, ['help <command>', 'show how a command is used']]),
    '',
    'Options:',
    ...columns([
      ['--help', 'show this help'],
      ['--version', 'show the version'],
      ['--debug', 'show the stack of an error'],
    ]),
  ].join('\n');
}

/** What `escapement help <command>` prints. */
export function commandHelp({ name, parameters, summary, options, details }: Command): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS }).map(optionRow);
  return [
    `Usage: escapement ${`${name} ${parameters}`.trimEnd()} [options]`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    'Options:',
    ...columns(rows),
    ...details.flatMap((paragraph) => ['', paragraph]),
  ].join('\n');
}

type Row = readonly [left: string, right: string];

function optionRow([name, { value, help }]: [string, CommandOption]): Row {
  return [value === undefined ? `--${name}` : `--${name} ${value}`, help];
}

function columns(rows: readonly Row[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
