import { parseArgs } from 'node:util';
import { COMMON_OPTIONS, type Command, type CommandArguments } from '../command.ts';
import { didYouMean, UsageError } from './usage-error.ts';

/**
 * Reads what was typed after a command's name. `parseArgs` is not strict here, since its own refusals name no nearest option.
 * @throws UsageError
 */
export function parseArguments(command: Command, typed: readonly string[]): CommandArguments {
  const options = { ...command.options, ...COMMON_OPTIONS };
  const known = Object.fromEntries(Object.entries(options).map(([name, { type }]) => [name, { type }]));
  const { tokens, positionals } = parseArgs({
    args: [...typed],
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
    values[token.name] = option.type === 'string' ? required(token.rawName, token.value, option.value) : flag(token);
  }
  return { positionals, values };
}

/** The value of an option that takes one, if it was given. */
export function textOption(args: CommandArguments, name: string): string | undefined {
  const value = args.values[name];
  return typeof value === 'string' ? value : undefined;
}

function required(rawName: string, value: string | undefined, meaning = '<value>'): string {
  if (value === undefined || value === '')
    throw new UsageError(`Option ${rawName} needs a value: ${rawName} ${meaning}.`);
  return value;
}

function flag({ rawName, value }: { rawName: string; value?: string | undefined }): true {
  if (value !== undefined) throw new UsageError(`Option ${rawName} takes no value.`);
  return true;
}

function unknownOption(command: Command, rawName: string, names: readonly string[]): UsageError {
  const flags = names.map((name) => `--${name}`);
  return new UsageError(`Unknown option "${rawName}" for ${command.name}.${didYouMean(rawName, flags)}`);
}
