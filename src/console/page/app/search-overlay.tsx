import { useEffect, useState } from 'preact/hooks';
import type { SchedulePage } from '../../../supervisor/operator-reports.ts';
import { Dialog } from '../parts/dialog.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { useAnswer } from '../server/answer.ts';
import { questionPath } from '../server/request.ts';
import { goTo, runAddress, scheduleAddress, TABS, tabAddress } from '../state/route.ts';
import { TAB_NAMES } from './navigation.tsx';

interface Hit {
  readonly address: string;
  readonly text: string;
  readonly kind: string;
  readonly state?: SchedulePage['schedules'][number]['state'];
}

const MOST_HITS = 8;
const TYPING_MS = 120;

/** Finds schedules, pages, and a run by its id. */
export function SearchOverlay({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [isEntered, setEntered] = useState(false);
  const { hits, areOfText } = useHits(text.trim());
  useEffect(() => {
    // Until the answer is there, the hits are those of what was typed before.
    if (!isEntered || !areOfText) return;
    setEntered(false);
    const chosen = hits[at] ?? hits.at(-1);
    if (chosen === undefined) return;
    onClose();
    goTo(chosen.address);
  }, [isEntered, areOfText]);
  const pressed = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === 'Enter') setEntered(true);
    else if (step !== undefined) setAt(Math.max(0, Math.min(hits.length - 1, at + step)));
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title="Search" kind="top" onClose={onClose}>
      <input
        class="search-input"
        type="search"
        placeholder="A schedule, a page, or a run id"
        aria-label="Search"
        value={text}
        onInput={({ currentTarget }) => {
          setText(currentTarget.value);
          setAt(0);
          setEntered(false);
        }}
        onKeyDown={pressed}
      />
      <ul class="hits" aria-label="Found">
        {hits.map((hit, index) => (
          <li key={hit.address}>
            <a href={hit.address} class={index === at ? 'chosen' : ''} onClick={onClose}>
              {hit.state === undefined ? <span class="hit-kind">{hit.kind}</span> : <StateMark state={hit.state} />}
              <span class="mono">{hit.text}</span>
            </a>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

interface Hits {
  readonly hits: readonly Hit[];
  /** Whether they are of the whole text that was asked for; false while the answer to it is on its way. */
  readonly areOfText: boolean;
}

function useHits(text: string): Hits {
  const settled = useSettled(text);
  const { data, error } = useAnswer<SchedulePage>(questionPath('schedules', { search: settled, limit: MOST_HITS }));
  const lower = text.toLowerCase();
  const pages = TABS.filter((tab) => text !== '' && tab.startsWith(lower)).map((tab) => ({
    address: tabAddress(tab),
    text: TAB_NAMES[tab],
    kind: 'Page',
  }));
  const schedules = (data?.schedules ?? []).map(({ key, state }) => ({
    address: scheduleAddress(key),
    text: key,
    kind: 'Schedule',
    state,
  }));
  const run = /^[\w-]{8,}$/.test(text) ? [{ address: runAddress(text), text, kind: 'Run' }] : [];
  return { hits: [...pages, ...schedules, ...run], areOfText: settled === text && (data ?? error) !== null };
}

/** The text, once it has not changed for a moment. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
