/** The rows that are to be rendered. `end` is exclusive. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Rows beyond the edges of the window, so that scrolling does not show them late. */
const MARGIN_ROWS = 8;

/** `top` is where the list begins, relative to the window. */
export function visibleRows(top: number, windowHeight: number, rowHeight: number, total: number): RowRange {
  const first = Math.floor(-top / rowHeight) - MARGIN_ROWS;
  const last = Math.ceil((windowHeight - top) / rowHeight) + MARGIN_ROWS;
  const start = Math.min(Math.max(0, first), total);
  return { start, end: Math.max(start, Math.min(total, last)) };
}
