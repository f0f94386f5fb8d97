import { styleText } from 'node:util';

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan' | 'inverse';

/** A part of a line in one style. Its characters are all one column wide. */
export interface Piece {
  readonly text: string;
  readonly style?: Style;
}

export type Line = readonly Piece[];

/** The line in at most so many columns, with colours if the standard output wants them. Default: all of it. */
export function painted(line: Line, columns = Number.POSITIVE_INFINITY): string {
  let left = columns;
  return line
    .map(({ text, style }) => {
      const cut = text.slice(0, left);
      left -= cut.length;
      // `styleText` looks at the stream: there are no colours in a file or a pipe, nor with NO_COLOR.
      return style === undefined || cut === '' ? cut : styleText(style, cut, { stream: process.stdout });
    })
    .join('');
}

/** Breaks a text between words. The lines after the first one are indented. */
export function wrapped(text: string, columns: number, indent: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const margin = lines.length === 0 ? 0 : indent;
    if (line !== '' && margin + line.length + 1 + word.length > columns) {
      lines.push(' '.repeat(margin) + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, ' '.repeat(lines.length === 0 ? 0 : indent) + line];
}

/** Columns of text, as wide as their widest cell. The first one is aligned to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    widths
      .map((width, column) => {
        const cell = row[column] ?? '';
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
}
