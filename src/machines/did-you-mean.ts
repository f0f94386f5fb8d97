import leven from 'leven';

/** The comparison takes time in proportion to both lengths, and no known word is nearly so long. */
const MAX_WORD_LENGTH = 1_024;
/** A word that is shorter resembles too many others. */
const MIN_LENGTH = 5;
const UNIT = /(?:Ms|Mb|Kb)$/;
/** A word without a unit that is as near comes first. */
const UNIT_WEIGHT = 0.5;

/** The known word that was probably meant, if one is close enough. */
export function nearestWord(wanted: string, known: Iterable<string>): string | undefined {
  if (wanted.length > MAX_WORD_LENGTH) return undefined;
  const candidates = [...known].map((word) => ({ word, distance: distanceOf(wanted, word) }));
  const [nearest] = candidates.sort((a, b) => a.distance - b.distance);
  const most = wanted.length < MIN_LENGTH ? 1 : Math.max(2, wanted.length / 3);
  return nearest !== undefined && nearest.distance <= most ? nearest.word : undefined;
}

/** Neither case nor hyphens make another word, and the unit at the end of an option's name is easily left out. */
function distanceOf(wanted: string, word: string): number {
  const [asked, plain] = [lettersOf(wanted), lettersOf(word)];
  const isTurned = asked !== plain && sortedLetters(asked) === sortedLetters(plain);
  const withUnit = isTurned ? 1 : leven(asked, plain);
  const unit = UNIT.exec(word)?.[0].length ?? 0;
  return unit === 0 ? withUnit : Math.min(withUnit, leven(asked, plain.slice(0, -unit)) + UNIT_WEIGHT);
}

function sortedLetters(word: string): string {
  return [...word].sort().join('');
}

function lettersOf(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '');
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
