import leven from 'leven';

/** The comparison takes time in proportion to both lengths, and no known word is nearly so long. */
const MAX_WORD_LENGTH = 1_024;

/** The known word that was probably meant, if one is close enough. */
export function nearestWord(wanted: string, known: Iterable<string>): string | undefined {
  if (wanted.length > MAX_WORD_LENGTH) return undefined;
  const candidates = [...known].map((word) => ({ word, distance: leven(wanted, word) }));
  const [nearest] = candidates.sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(2, wanted.length / 3) ? nearest.word : undefined;
}

/** The end of an error message about an unknown name: the nearest known one, or some of the known ones. */
export function hintFor(wanted: string, known: Iterable<string>): string {
  const names = [...new Set(known)];
  const nearest = nearestWord(wanted, names);
  if (nearest !== undefined) return `: did you mean "${nearest}"?`;
  if (names.length === 0) return ': none exists yet';
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return `: the known ones are ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}
