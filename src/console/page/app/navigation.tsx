import { Icon } from '../parts/icon.tsx';
import { useOverview } from '../server/overview.ts';
import { type Route, route, TABS, type Tab, tabAddress } from '../state/route.ts';
import { useStore } from '../state/store.ts';

export const TAB_NAMES: Readonly<Record<Tab, string>> = {
  overview: 'Overview',
  schedules: 'Schedules',
  cluster: 'Cluster',
  pool: 'Pool',
  plugins: 'Plugins',
  audit: 'Audit',
};

/** A rail at the side, or a bar at the lower edge of a phone. */
export function Navigation() {
  const current = tabOf(useStore(route));
  const problems = useOverview().data?.problems.length ?? 0;
  return (
    <nav class="navigation" aria-label="Pages">
      {TABS.map((tab) => (
        <a key={tab} href={tabAddress(tab)} aria-current={tab === current ? 'page' : undefined}>
          <Icon name={tab} />
          <span>{TAB_NAMES[tab]}</span>
          {tab === 'overview' && problems > 0 && (
            <b class="count">
              {problems}
              <span class="unseen"> {problems === 1 ? 'problem' : 'problems'}</span>
            </b>
          )}
        </a>
      ))}
    </nav>
  );
}

function tabOf({ page }: Route): Tab | null {
  if (page === 'schedule' || page === 'run') return 'schedules';
  return page === 'nowhere' ? null : page;
}
