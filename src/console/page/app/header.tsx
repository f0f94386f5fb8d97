import { Icon } from '../parts/icon.tsx';
import { useOverview } from '../server/overview.ts';
import { second } from '../state/frames.ts';
import { overlay } from '../state/overlays.ts';
import { tabAddress } from '../state/route.ts';
import { session } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { theme } from '../state/theme.ts';
import { LOCAL_ZONE, zoneChoice, zoneFor } from '../state/zone.ts';
import { dateAndTime } from '../words/instants.ts';
import { Emblem } from './emblem.tsx';

/** What stands above every page: whose console it is, the search, and the time. */
export function Header() {
  const { data } = useOverview();
  return (
    <header class="header">
      <a class="brand" href={tabAddress('overview')} aria-label="Escapement: overview">
        <Emblem />
        <span class="brand-name">Escapement</span>
      </a>
      {data !== null && (
        <span class="node" title="This node">
          {data.nodeId}
        </span>
      )}
      <button type="button" class="search-button" aria-label="Search" onClick={() => overlay.set('search')}>
        <Icon name="search" />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      <ReadOnlyMark />
      <Clock />
      <ThemeButton />
      <button
        type="button"
        class="plain keys-button"
        aria-label="Keyboard"
        title="Keyboard"
        onClick={() => overlay.set('keys')}
      >
        <Icon name="keyboard" />
      </button>
    </header>
  );
}

function ReadOnlyMark() {
  const known = useStore(session);
  if (known === null || (known.canAct && !known.isReadOnly)) return null;
  return (
    <span class="tag" title="You can look, and change nothing.">
      Read only
    </span>
  );
}

function Clock() {
  const choice = useStore(zoneChoice);
  const nowMs = useStore(second);
  const [date, time] = dateAndTime(nowMs, zoneFor(choice, null)).split(' ');
  return (
    <div class="clock">
      <time dateTime={new Date(nowMs).toISOString()}>
        <span class="clock-date">{date}</span> <span class="clock-time">{time}</span>
      </time>
      <select
        aria-label="Time zone"
        value={choice}
        onChange={({ currentTarget }) => zoneChoice.set(choiceOf(currentTarget.value))}
      >
        <option value="local">Local: {LOCAL_ZONE}</option>
        <option value="utc">UTC</option>
        <option value="schedule">Each schedule's own</option>
      </select>
    </div>
  );
}

function choiceOf(value: string): 'local' | 'utc' | 'schedule' {
  return (['local', 'utc', 'schedule'] as const).find((choice) => choice === value) ?? 'utc';
}

const NEXT_THEME = { system: 'light', light: 'dark', dark: 'system' } as const;
const THEME_ICON = { system: 'system', light: 'sun', dark: 'moon' } as const;
const THEME_NAME = { system: 'as the system', light: 'light', dark: 'dark' } as const;

function ThemeButton() {
  const current = useStore(theme);
  const text = `Colours: ${THEME_NAME[current]}. Change to ${THEME_NAME[NEXT_THEME[current]]}`;
  return (
    <button type="button" class="plain" aria-label={text} title={text} onClick={() => theme.set(NEXT_THEME[current])}>
      <Icon name={THEME_ICON[current]} />
    </button>
  );
}
