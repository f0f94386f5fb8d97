/** Prints texts of a result as they fit into the terminal. In a pipe and in a file each of them stays one line. */
import { printable } from '../../machines/printable.ts';
import { textWidth } from './operating/text-width.ts';
import type { Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { wrapped } from './wrapping.ts';

export interface ParagraphShape {
  /** Spaces before each line. */
  readonly indent: string;
  /** Stands before the text, which is wrapped beside it. */
  readonly label?: Cell;
  readonly style?: Style;
}

/** Prints a text. It is wrapped before it is coloured, because colours take no room. */
export function printParagraph(text: string, terminal: Terminal, { indent, label, style }: ParagraphShape): void {
  const beside = label === undefined ? '' : ' '.repeat(textWidth(label.text) + 1);
  const lines = wrapped(printable(text), terminal.width ?? Number.POSITIVE_INFINITY, indent + beside);
  for (const [index, line] of lines.entries()) {
    const said = line.slice(indent.length + beside.length);
    const shown = style === undefined ? said : terminal.paint(style, said);
    const isFirst = index === 0 && label !== undefined;
    terminal.result(`${indent}${isFirst ? `${paintedCell(label)} ` : beside}${shown}`);
  }
}

/** Prints cells beside each other, `gap` spaces apart. What has no room goes on below, four columns further right. */
export function printCells(
  cells: readonly Cell[],
  terminal: Terminal,
  { indent, gap }: { readonly indent: string; readonly gap: number },
): void {
  const width = terminal.width ?? Number.POSITIVE_INFINITY;
  let [line, used] = [indent, indent.length];
  for (const [index, cell] of cells.entries()) {
    const before = index === 0 ? 0 : gap;
    const room = textWidth(printable(cell.text));
    if (index > 0 && used + before + room > width) {
      terminal.result(line);
      line = `${indent}    ${paintedCell(cell)}`;
      used = indent.length + 4 + room;
    } else {
      line += `${' '.repeat(before)}${paintedCell(cell)}`;
      used += before + room;
    }
  }
  terminal.result(line.trimEnd());
}

/** The widest line of a text without colours. */
export function widestLine(lines: readonly string[]): number {
  return Math.max(0, ...lines.map(textWidth));
}

function paintedCell({ text, paint }: Cell): string {
  return paint === undefined ? printable(text) : paint(printable(text));
}
