import type { CommandArguments, CommandOption } from '../command.ts';
import { textOption } from './arguments.ts';
import { UsageError } from './usage-error.ts';

const DEFAULT_SCHEMA = 'escapement';

/** The option that names a schema of Postgres. */
export const SCHEMA_OPTION: CommandOption = {
  type: 'string',
  value: '<name>',
  help: `the schema in Postgres (default: ${DEFAULT_SCHEMA})`,
};

export function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text);
}

/** @throws UsageError */
export function schemaOf(args: CommandArguments): string {
  const schema = textOption(args, 'schema') ?? DEFAULT_SCHEMA;
  if (/^[A-Za-z0-9_]{1,63}$/.test(schema)) return schema;
  throw new UsageError(`Option --schema must be 1 to 63 letters, digits and underscores, not "${schema}".`);
}
