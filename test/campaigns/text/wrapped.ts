const COLUMNS = 80;

/** Text as lines of at most 80 columns. A word that is longer than a line is cut. */
export function wrapped(text: string, indent: string): string[] {
  const room = COLUMNS - indent.length;
  const lines: string[] = [];
  let line = '';
  for (const word of text.replaceAll(/\s+/g, ' ').split(' ')) {
    const pieces = word.match(new RegExp(`.{1,${room}}`, 'g')) ?? [''];
    for (const piece of pieces) {
      if (line !== '' && line.length + piece.length + 1 > room) {
        lines.push(indent + line);
        line = piece;
      } else {
        line = line === '' ? piece : `${line} ${piece}`;
      }
    }
  }
  return [...lines, indent + line];
}
