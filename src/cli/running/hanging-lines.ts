import { printable } from '../../machines/printable.ts';
import { textWidth } from '../output/operating/text-width.ts';

/** The least that a line has, however narrow the terminal is. */
const LEAST_WIDTH = 20;

/** Where text begins in the first line and in those that follow, and where all of them end; without an end none breaks. */
export interface Hanging {
  readonly first: number;
  readonly others: number;
  readonly columns: number | undefined;
}

/**
 * Breaks a text of others into safe lines: at line breaks of any system, and between words where a line would be too
 * wide. A tab has no width of its own, so it becomes two blanks.
 */
export function hangingLines(text: string, { first, others, columns }: Hanging): string[] {
  const lines: string[] = [];
  for (const paragraph of printable(text.replaceAll('\r\n', '\n').replaceAll('\t', '  ')).split('\n')) {
    let line = '';
    for (const word of wordsOf(paragraph, roomFor(others, columns))) {
      const room = roomFor(lines.length === 0 ? first : others, columns);
      if (line !== '' && textWidth(line) + textWidth(word.trimEnd()) > room) {
        lines.push(line.trimEnd());
        line = '';
      }
      line += word;
    }
    lines.push(line.trimEnd());
  }
  return lines;
}

function roomFor(indent: number, columns: number | undefined): number {
  return columns === undefined ? Number.POSITIVE_INFINITY : Math.max(columns - indent, LEAST_WIDTH);
}

/** Words with the blanks behind them. One that is wider than a line is cut into pieces of a line. */
function wordsOf(paragraph: string, room: number): string[] {
  const words = paragraph.match(/^\s+\S*\s*|\S+\s*/g) ?? [];
  return words.flatMap((word) => (textWidth(word) <= room ? [word] : piecesOf(word, room)));
}

function piecesOf(word: string, room: number): string[] {
  const pieces = [''];
  let width = 0;
  for (const character of word) {
    const more = textWidth(character);
    if (width + more > room) {
      pieces.push('');
      width = 0;
    }
    pieces.push(`${pieces.pop() ?? ''}${character}`);
    width += more;
  }
  return pieces;
}
