import type { Terminal } from './output/terminal.ts';

/** An option of a command. */
export interface CommandOption {
  readonly type: 'string' | 'boolean';
  /** What stands for the value in the help, such as `<zone>`; absent for a flag. */
  readonly value?: string;
  /** The value of an option that may stand alone. What follows it is its value only if it is a whole number. */
  readonly implied?: string;
  readonly help: string;
}

/** The words after a command's name, sorted into arguments and options. */
export interface CommandArguments {
  readonly positionals: readonly string[];
  readonly values: Readonly<Record<string, string | true>>;
}

/** One command of the command line. */
export interface Command {
  readonly name: string;
  /** What follows the name in the help, such as `<config>`. */
  readonly parameters: string;
  readonly summary: string;
  /** Paragraphs below the options in `escapement help <command>`. Their lines fit into 80 columns. */
  readonly details: readonly string[];
  readonly options: Readonly<Record<string, CommandOption>>;
  /**
   * Resolves to the exit code. Throws a `UsageError` if the command line is wrong, and any error if the command fails.
   */
  run(args: CommandArguments, terminal: Terminal): Promise<number>;
}

/** Options that every command has. */
export const COMMON_OPTIONS: Readonly<Record<string, CommandOption>> = {
  debug: { type: 'boolean', help: 'show the stack of an error' },
  help: { type: 'boolean', help: 'show this help' },
};
