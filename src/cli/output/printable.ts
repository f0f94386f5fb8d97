/** Text of a plugin as it may be shown on a terminal: what would move the cursor or change colours is written out. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, escaped);
}

/** The same on one line, cut where it gets long. */
export function printableLine(text: string, maxLength: number): string {
  const line = printable(text.split('\n', 1)[0] ?? '');
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
