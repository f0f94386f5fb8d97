import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

/** Where in a history one is: each page ends where the one before it began. */
export interface Pages {
  /** What is older than this instant, exclusive; null for the newest. */
  readonly until: number | null;
  readonly number: number;
  readonly toOlder: (until: number) => void;
  readonly toNewer: () => void;
  readonly toNewest: () => void;
}

export function usePages(): Pages {
  const [untils, setUntils] = useState<readonly number[]>([]);
  return {
    until: untils.at(-1) ?? null,
    number: untils.length + 1,
    toOlder: (until) => setUntils([...untils, until]),
    toNewer: () => setUntils(untils.slice(0, -1)),
    toNewest: () => setUntils([]),
  };
}

/** Leads to newer and older pages; absent where there is one page only. */
export function Pager({ pages, next }: { readonly pages: Pages; readonly next: number | null }) {
  if (pages.number === 1 && next === null) return null;
  return (
    <nav class="pager" aria-label="Pages of the history">
      <button type="button" disabled={pages.number === 1} onClick={pages.toNewer}>
        <Icon name="left" /> Newer
      </button>
      <span>Page {pages.number}</span>
      <button type="button" disabled={next === null} onClick={() => next !== null && pages.toOlder(next)}>
        Older <Icon name="right" />
      </button>
    </nav>
  );
}
