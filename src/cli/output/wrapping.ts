/** Fits text into the width of a terminal. Lines break between words only: a word that is longer stays whole. */

import { textWidth } from './operating/text-width.ts';

export const DEFAULT_WIDTH = 80;
const MIN_WIDTH = 40;
/** Wider lines are hard to read. */
const MAX_WIDTH = 120;

/**
 * The columns of a stream: what `COLUMNS` says, or the terminal; undefined for a pipe or a file. A terminal that nobody
 * looks at, as in a container or a job of CI, may say 0.
 */
export function widthOf(stream: { readonly columns?: number }): number | undefined {
  const said = Number(process.env['COLUMNS']);
  const width = Number.isInteger(said) && said > 0 ? said : stream.columns;
  return width === undefined ? undefined : Math.max(MIN_WIDTH, width || DEFAULT_WIDTH);
}

/** The lines of a text, each at most `width` long, `indent` included. Line breaks of the text stay. */
export function wrapped(text: string, width: number, indent = ''): string[] {
  return text
    .split('\n')
    .flatMap((line) =>
      wrappedLine(
        line,
        (width === Number.POSITIVE_INFINITY ? width : Math.min(width, MAX_WIDTH)) - indent.length,
        indent,
      ),
    );
}

/** Rows of two columns, of which the right one is wrapped below itself. A left side that is very wide has its own line. */
export function wrappedColumns(rows: readonly (readonly [left: string, right: string])[], width: number): string[] {
  const most = Math.floor(width * 0.45);
  const leftWidth = Math.max(...rows.map(([left]) => left.length).filter((length) => length <= most));
  const gap = ' '.repeat(leftWidth + 4);
  return rows.flatMap(([left, right]) => {
    const [first = '', ...others] = wrapped(right, width, gap);
    if (left.length > leftWidth) return [`  ${left}`, first, ...others];
    return [`  ${left.padEnd(leftWidth)}  ${first.slice(gap.length)}`, ...others];
  });
}

/** A line of source code with its number, the mark below it, and a frame of a stack. */
const FIXED = /^\s+(?:\d* *\||at )/;

function wrappedLine(whole: string, most: number, around: string): string[] {
  if (textWidth(whole) <= most || FIXED.test(whole)) return [around + whole];
  const own = /^\s*/.exec(whole)?.[0] ?? '';
  const [line, width, indent] = [whole.slice(own.length), most - own.length, around + own];
  const lines: string[] = [];
  let current = '';
  for (const word of line.split(' ')) {
    if (current !== '' && textWidth(current) + 1 + textWidth(word) > width) {
      lines.push(indent + current);
      current = word;
    } else current = current === '' ? word : `${current} ${word}`;
  }
  return [...lines, indent + current];
}
