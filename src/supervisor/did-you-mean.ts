import leven from 'leven';

/** The end of an error message about an unknown name: the nearest known one, or what there is. */
export function hintFor(wanted: string, known: Iterable<string>): string {
  const names = [...new Set(known)];
  const [nearest] = names
    .map((name) => ({ name, distance: leven(wanted, name) }))
    .sort((a, b) => a.distance - b.distance);
  if (nearest === undefined) return ': there is none yet';
  if (nearest.distance <= Math.max(2, wanted.length / 3)) return `: did you mean "${nearest.name}"?`;
  const shown = names.slice(0, 5).map((name) => `"${name}"`);
  return `: known are ${shown.join(', ')}${names.length > shown.length ? ', …' : ''}`;
}
