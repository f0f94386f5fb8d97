import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/** The rows that are to be rendered. `end` is exclusive. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** Rows beyond the edges of the window, so that scrolling does not show them late. */
const MARGIN_ROWS = 8;

/**
 * Of a list in the page, the rows that can be seen. All rows have the same height, and the whole window scrolls; the
 * list must be as high as all of its rows.
 */
export function useVisibleRows(
  total: number,
  rowHeight: number,
): { readonly list: RefObject<HTMLUListElement | null>; readonly range: RowRange } {
  const list = useRef<HTMLUListElement>(null);
  const [range, setRange] = useState<RowRange>({ start: 0, end: 0 });
  useEffect(() => {
    const look = (): void => {
      const next = visibleRows(list.current?.getBoundingClientRect().top ?? 0, innerHeight, rowHeight, total);
      setRange((last) => (last.start === next.start && last.end === next.end ? last : next));
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [total, rowHeight]);
  return { list, range };
}

/** `top` is where the list begins, relative to the window. */
export function visibleRows(top: number, windowHeight: number, rowHeight: number, total: number): RowRange {
  const first = Math.floor(-top / rowHeight) - MARGIN_ROWS;
  const last = Math.ceil((windowHeight - top) / rowHeight) + MARGIN_ROWS;
  const start = Math.min(Math.max(0, first), total);
  return { start, end: Math.max(start, Math.min(total, last)) };
}
