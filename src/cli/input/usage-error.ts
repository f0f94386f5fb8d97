import { nearestWord } from '../../machines/did-you-mean.ts';

/** What was typed cannot be understood: one line says what, and the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The end of a message about an unknown word: the nearest known one, or nothing when none is near. */
export function didYouMean(typed: string, known: Iterable<string>): string {
  const nearest = nearestWord(typed, known);
  return nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
}
