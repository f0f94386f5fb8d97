import { whole } from '../words/numbers.ts';
import { Icon } from './icon.tsx';

interface OffsetPagerProps {
  /** The place of the first item that is shown. */
  readonly offset: number;
  /** How many items a page has. */
  readonly size: number;
  readonly total: number;
  readonly go: (offset: number) => void;
}

/** Leads through a list whose length is known; absent where there is one page only. */
export function OffsetPager({ offset, size, total, go }: OffsetPagerProps) {
  if (offset === 0 && total <= size) return null;
  const next = offset + size;
  return (
    <nav class="pager" aria-label="Pages of the list">
      <button type="button" disabled={offset === 0} onClick={() => go(Math.max(0, offset - size))}>
        <Icon name="left" /> Previous
      </button>
      <span>
        {whole(Math.min(offset + 1, total))} to {whole(Math.min(next, total))} of {whole(total)}
      </span>
      <button type="button" disabled={next >= total} onClick={() => go(next)}>
        Next <Icon name="right" />
      </button>
    </nav>
  );
}
