import type { Terminal } from './output/terminal.ts';

/** An option of a command. One that takes a value says what: `<zone>`. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What the value is, in help: `<zone>`. */
  readonly value?: string;
  readonly help: string;
}

/** What was typed after a command's name. */
export interface CommandArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | true>>;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** What follows the name, in help: `<config>`. */
  readonly parameters: string;
  readonly summary: string;
  /** Paragraphs of `escapement help <command>`, below the options. */
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /** Resolves to the exit code. Throws a `UsageError` for what was typed wrong, else anything. */
  run(args: CommandArguments, terminal: Terminal): Promise<number>;
}

/** Options that every command has. */
export const COMMON_OPTIONS: Readonly<Record<string, CommandOption>> = {
  debug: { type: 'boolean', help: 'show the stack of an error' },
  help: { type: 'boolean', help: 'show this help' },
};
