/** How wide text is on a terminal, so that a line of others' text does not break out of its place. */

/** Scripts whose characters take two columns, and emoji that are pictures by themselves. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
/** Accents and joiners, which stand on the character before them. */
const MARK = /\p{M}|\u200d|\ufe0f/u;

/** The columns of a text without control characters. */
export function textWidth(text: string): number {
  let width = 0;
  for (const character of text) width += characterWidth(character);
  return width;
}

/** The text in exactly so many columns: cut with `…`, or filled up with spaces. */
export function fitted(text: string, columns: number): string {
  if (columns <= 0) return '';
  const width = textWidth(text);
  if (width <= columns) return text + ' '.repeat(columns - width);
  let kept = '';
  let used = 0;
  for (const character of text) {
    const more = characterWidth(character);
    if (used + more > columns - 1) break;
    kept += character;
    used += more;
  }
  return `${kept}…${' '.repeat(columns - 1 - used)}`;
}

function characterWidth(character: string): number {
  if (MARK.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/**
 * The text in so many columns at most: what is too much is left out in the middle, because names in keys differ at their
 * ends, too.
 */
export function shortened(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  const characters = [...text];
  const endColumns = Math.ceil((columns - 1) / 2);
  const end = taken(characters.toReversed(), endColumns).toReversed().join('');
  return `${taken(characters, columns - 1 - textWidth(end)).join('')}…${end}`;
}

/** The first characters, as many as fit. */
function taken(characters: readonly string[], columns: number): string[] {
  let used = 0;
  const end = characters.findIndex((character) => {
    used += characterWidth(character);
    return used > columns;
  });
  return characters.slice(0, end === -1 ? characters.length : end);
}
