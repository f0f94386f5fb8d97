import { printable } from '../../machines/printable.ts';
import { textWidth } from './operating/text-width.ts';

/** A cell of a table. `paint` colours it after its width is known. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/**
 * One line for each row, with aligned columns. Control characters are written out first, so that they count. Columns in
 * `right` are aligned to the right; the last is not padded.
 */
export function alignedRows(rows: readonly (readonly Cell[])[], right: readonly number[] = []): string[] {
  const widths: number[] = [];
  const safeRows = rows.map((row) => row.map((cell) => ({ ...cell, text: printable(cell.text) })));
  for (const row of safeRows) {
    for (const [column, { text }] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, textWidth(text));
  }
  const padded = ({ text }: Cell, column: number): string => {
    const padding = ' '.repeat((widths[column] ?? 0) - textWidth(text));
    return right.includes(column) ? padding + text : text + padding;
  };
  return safeRows.map((row) =>
    row
      .map((cell, column) => {
        const isLast = column === row.length - 1 && !right.includes(column);
        const text = isLast ? cell.text : padded(cell, column);
        return cell.paint === undefined ? text : cell.paint(text);
      })
      .join('  ')
      .trimEnd(),
  );
}
