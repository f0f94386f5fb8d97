import { printableLine } from '../../machines/printable.ts';

const MAX_LISTED = 20;
const MAX_NAME_LENGTH = 128;

/** Names that others chose, as part of a sentence: each is cut, and of many only the first are listed. */
export function listedNames(names: readonly string[], most = MAX_LISTED): string {
  const listed = names.slice(0, most).map(shortName).join(', ');
  return names.length > most ? `${listed} and ${names.length - most} more` : listed;
}

export function shortName(name: string): string {
  return printableLine(name, MAX_NAME_LENGTH);
}
