import { printable } from '../../../machines/printable.ts';
import type { Cell } from '../table.ts';
import { shortened, textWidth } from './text-width.ts';

/** Between two columns. */
const GAP = 2;
/** Before a key has less room than this, what it stands beside is left out. */
const MIN_KEY_WIDTH = 28;
const LEAST_WIDTH = 8;

export interface TableShape {
  /** The columns of the terminal. Undefined where lines have no end, as in a file. */
  readonly width: number | undefined;
  /** The column of keys: it is shortened. */
  readonly keys: number;
  /** The columns that may be left out, the first to go first. */
  readonly spare: readonly number[];
}

/**
 * A table as it fits into the terminal: lines that wrap cannot be read as a table. Columns of little use are left out,
 * and then keys are shortened. Returns which columns are kept, too.
 */
export function fitTable(
  rows: readonly (readonly Cell[])[],
  { width, keys, spare }: TableShape,
): { readonly rows: readonly (readonly Cell[])[]; readonly kept: readonly number[] } {
  const widths = widthsOf(rows);
  let kept = widths.map((_, column) => column);
  if (width === undefined) return { rows, kept };
  const room = (): number =>
    width - kept.reduce((sum, column) => sum + (column === keys ? 0 : widthAt(column)) + GAP, -GAP);
  const widthAt = (column: number): number => widths[column] ?? 0;
  const enough = Math.min(widthAt(keys), MIN_KEY_WIDTH);
  for (const column of spare) {
    if (room() >= enough) break;
    kept = kept.filter((other) => other !== column);
  }
  const keyWidth = Math.max(room(), LEAST_WIDTH);
  const fitted = (cell: Cell, column: number): Cell => {
    return column === keys ? { ...cell, text: shortened(printable(cell.text), keyWidth) } : cell;
  };
  return { rows: rows.map((row) => kept.map((column) => fitted(row[column] ?? { text: '' }, column))), kept };
}

function widthsOf(rows: readonly (readonly Cell[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { text }] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, textWidth(printable(text)));
    }
  }
  return widths;
}
