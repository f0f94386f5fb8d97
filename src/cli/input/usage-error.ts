import { nearestWord } from '../../machines/did-you-mean.ts';

/** The command line is wrong. Its message is one line, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** A command cannot do what it was asked to, for a reason that its message says. The exit code is 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The end of a message about an unknown word: the known one that is nearest, or nothing if none is near. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const nearest = nearestWord(typed, known);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}
