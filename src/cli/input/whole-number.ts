import type { CommandArguments } from '../command.ts';
import { textOption } from './arguments.ts';
import { UsageError } from './usage-error.ts';

/** The value of an option that must be a whole number from 1 to `max`, or its default. @throws UsageError */
export function wholeNumberOption(
  args: CommandArguments,
  name: string,
  { byDefault, max }: { readonly byDefault: number; readonly max: number },
): number {
  const text = textOption(args, name) ?? String(byDefault);
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= max) return count;
  throw new UsageError(`Option --${name} must be a whole number from 1 to ${max}, not "${text}".`);
}
