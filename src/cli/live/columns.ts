import { printable } from '../../machines/printable.ts';
import { fitted, shortened, textWidth } from '../output/operating/text-width.ts';
import type { Style } from '../output/terminal.ts';
import type { Line, Piece } from './screen.ts';

/** A column of a table on the screen. Those that share what is left have no width. */
export interface Column {
  readonly heading: string;
  /** In columns of the terminal. Default: a share of what is left. */
  readonly width?: number;
  readonly isRight?: boolean;
  /** What is too much is left out in the middle, not at the end: for keys. */
  readonly isKey?: boolean;
}

export interface Row {
  readonly cells: readonly (string | { readonly text: string; readonly style?: Style | undefined })[];
  readonly isMarked?: boolean;
}

const GAP = 2;

/** The heading and a line for each row, as wide as the screen. */
export function tableLines(columns: readonly Column[], rows: readonly Row[], width: number): Line[] {
  const widths = widthsOf(columns, width);
  const head: Line = {
    pieces: columns.map((column, index) => ({
      text: placed(column.heading, widths[index] ?? 0, column),
      style: 'dim',
    })),
  };
  const body = rows.map(({ cells, isMarked = false }): Line => {
    const pieces = cells.map((cell, index): Piece => {
      const { text, style } = typeof cell === 'string' ? { text: cell } : cell;
      const placedText = placed(printable(text.replace(/\s/g, ' ')), widths[index] ?? 0, columns[index]);
      return { text: placedText, ...(style !== undefined && { style }) };
    });
    return { pieces, isMarked };
  });
  return [head, ...body];
}

function widthsOf(columns: readonly Column[], width: number): number[] {
  const taken = columns.reduce((sum, column) => sum + (column.width ?? 0) + GAP, 0);
  const sharing = columns.filter((column) => column.width === undefined).length;
  const share = Math.max(1, Math.floor((width - taken) / Math.max(1, sharing)));
  return columns.map((column) => column.width ?? share);
}

function placed(text: string, width: number, { isRight = false, isKey = false }: Partial<Column> = {}): string {
  const fit = fitted(isKey ? shortened(text, width) : text, width);
  const kept = fit.trimEnd();
  return `${isRight ? ' '.repeat(Math.max(0, width - textWidth(kept))) + kept : fit}${' '.repeat(GAP)}`;
}
