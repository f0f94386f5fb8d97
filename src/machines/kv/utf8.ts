/** How many bytes a text takes in UTF-8. A lone surrogate counts as the three bytes of its replacement. */
export function utf8Length(text: string): number {
  let length = text.length;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x80) continue;
    if (unit < 0x800) length += 1;
    else if (isPair(text, index)) {
      // Two units, four bytes.
      length += 2;
      index += 1;
    } else length += 2;
  }
  return length;
}

/**
 * Compares two texts by code points, which is the order of their bytes in UTF-8. JavaScript compares UTF-16 units, in
 * which what is beyond U+FFFF comes before U+E000.
 */
export function compareByCodePoint(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let index = 0; index < shared; index += 1) {
    const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
    if (left !== right) return ranked(left) - ranked(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for what is beyond U+FFFF, so they come last. */
function ranked(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function isPair(text: string, index: number): boolean {
  const [high, low] = [text.charCodeAt(index), text.charCodeAt(index + 1)];
  return high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000;
}
