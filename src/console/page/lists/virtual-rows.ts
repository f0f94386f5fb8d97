import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type RowRange, visibleRows } from './row-range.ts';

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
