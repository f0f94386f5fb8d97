/** A plugin's text made safe for a terminal: control characters, which could move the cursor, are written out. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for.
  return text.replaceAll(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, escaped);
}

/** The first line of the text, made safe and cut to a length. */
export function printableLine(text: string, maxLength: number): string {
  const line = printable(text.split('\n', 1)[0] ?? '');
  return line.length > maxLength ? `${line.slice(0, maxLength - 1)}…` : line;
}

function escaped(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
