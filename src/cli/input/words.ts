import type { CommandArguments } from '../command.ts';
import { UsageError } from './usage-error.ts';

/** The one word that a command takes. @param example How it would be right. @throws UsageError */
export function onlyWord({ positionals }: CommandArguments, what: string, example: string): string {
  const [word, ...others] = positionals;
  const [command = ''] = example.split(' ');
  if (word === undefined || word === '') throw new UsageError(`${command} needs ${what}: escapement ${example}.`);
  if (others.length > 0) throw new UsageError(`${command} takes ${what}, but ${positionals.length} words were given.`);
  return word;
}

/** For a command that takes options only. @throws UsageError */
export function noWords({ positionals }: CommandArguments, command: string): void {
  const [word] = positionals;
  if (word !== undefined) throw new UsageError(`${command} takes options only, not "${word}".`);
}
