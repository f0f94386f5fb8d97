import { parseArgs } from 'node:util';
import { COMMON_OPTIONS, type Command, type CommandArguments, type CommandOption } from '../command.ts';
import { didYouMean, UsageError } from './usage-error.ts';

/**
 * Sorts the words after a command's name. `parseArgs` is not strict here, because its own errors do not suggest the
 * option that was probably meant.
 * @throws UsageError
 */
export function parseArguments(command: Command, typed: readonly string[]): CommandArguments {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const known = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  const { tokens, positionals } = parseArgs({
    args: withImplied(typed, options),
    options: { ...known, help: { type: 'boolean', short: 'h' } },
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values: Record<string, string | true> = {};
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (option === undefined) throw unknownOption(command, token.rawName, Object.keys(options));
    values[token.name] = option.type === 'string' ? givenText(token, option.value) : givenFlag(token);
  }
  return { positionals, values };
}

/** Writes out the values of options that stand alone: `--console` becomes `--console=7420` unless a number follows. */
function withImplied(typed: readonly string[], options: Readonly<Record<string, CommandOption>>): string[] {
  const end = typed.indexOf('--');
  return typed.map((word, index) => {
    const name = word.slice('--'.length);
    const isOption = word.startsWith('--') && (end === -1 || index < end) && Object.hasOwn(options, name);
    const implied = isOption ? options[name]?.implied : undefined;
    return implied === undefined || /^\d+$/.test(typed[index + 1] ?? '') ? word : `${word}=${implied}`;
  });
}

/** The value of an option, if the command line has it. */
export function textOption(args: CommandArguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}

interface OptionToken {
  readonly rawName: string;
  readonly value?: string | undefined;
}

function givenText({ rawName, value }: OptionToken, placeholder = '<value>'): string {
  if (value === undefined || value === '')
    throw new UsageError(`Option ${rawName} needs a value: ${rawName} ${placeholder}.`);
  return value;
}

function givenFlag({ rawName, value }: OptionToken): true {
  if (value !== undefined) throw new UsageError(`Option ${rawName} takes no value.`);
  return true;
}

function unknownOption(command: Command, rawName: string, names: readonly string[]): UsageError {
  const flags = names.map((name) => `--${name}`);
  return new UsageError(`Unknown option "${rawName}" for ${command.name}.${didYouMean(rawName, flags)}`);
}
