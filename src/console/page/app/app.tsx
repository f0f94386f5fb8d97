import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { AuditPage } from '../pages/audit.tsx';
import { ClusterPage } from '../pages/cluster/cluster.tsx';
import { NowherePage } from '../pages/nowhere.tsx';
import { OverviewPage } from '../pages/overview/overview.tsx';
import { PluginsPage } from '../pages/plugins/plugins.tsx';
import { PoolPage } from '../pages/pool/pool.tsx';
import { RunPage } from '../pages/run/run.tsx';
import { SchedulePage } from '../pages/schedule/schedule.tsx';
import { SchedulesPage } from '../pages/schedules/schedules.tsx';
import { useKeepingOverview } from '../server/overview.ts';
import { useSession } from '../server/session.ts';
import { overlay } from '../state/overlays.ts';
import { type Route, route } from '../state/route.ts';
import { isSignedOut } from '../state/session.ts';
import { useStore } from '../state/store.ts';
import { ContactBanner } from './contact-banner.tsx';
import { Header } from './header.tsx';
import { useKeyboard } from './keyboard.ts';
import { KeysOverlay } from './keys-overlay.tsx';
import { Navigation } from './navigation.tsx';
import { NoticeList } from './notice-list.tsx';
import { SearchOverlay } from './search-overlay.tsx';
import { SignedOut } from './signed-out.tsx';

/** The whole page, once it is known who looks at it. */
export function App() {
  useSession();
  return useStore(isSignedOut) ? <SignedOut /> : <Shell />;
}

function Shell() {
  useKeepingOverview();
  useKeyboard();
  const current = useStore(route);
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={skipToContent}>
        Skip to the content
      </button>
      <Header />
      <Navigation />
      <div class="stage">
        <ContactBanner />
        <Content route={current} />
      </div>
      <Overlays />
      <NoticeList />
    </div>
  );
}

function skipToContent(): void {
  document.querySelector<HTMLElement>('main')?.focus();
}

/** Begins at the top on each page, and tells a screen reader that it is another one. */
function Content({ route: current }: { readonly route: Route }) {
  const main = useRef<HTMLElement>(null);
  const name = nameOf(current);
  const isFirst = useRef(true);
  useEffect(() => {
    document.title = `${titleOf(current)} · Escapement`;
    scrollTo(0, 0);
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
  }, [name]);
  return (
    <main ref={main} id="content" tabIndex={-1} key={name}>
      {pageOf(current)}
    </main>
  );
}

function nameOf(current: Route): string {
  if (current.page === 'schedule') return `schedule ${current.key}`;
  return current.page === 'run' ? `run ${current.runId}` : current.page;
}

function titleOf(current: Route): string {
  if (current.page === 'schedule') return current.key;
  if (current.page === 'run') return `Run ${current.runId}`;
  return `${current.page.charAt(0).toUpperCase()}${current.page.slice(1)}`;
}

function pageOf(current: Route): ComponentChildren {
  switch (current.page) {
    case 'schedule':
      return <SchedulePage scheduleKey={current.key} />;
    case 'run':
      return <RunPage runId={current.runId} />;
    case 'overview':
      return <OverviewPage />;
    case 'schedules':
      return <SchedulesPage />;
    case 'cluster':
      return <ClusterPage />;
    case 'pool':
      return <PoolPage />;
    case 'plugins':
      return <PluginsPage />;
    case 'audit':
      return <AuditPage />;
    case 'nowhere':
      return <NowherePage />;
  }
}

function Overlays() {
  const shown = useStore(overlay);
  const close = (): void => overlay.set(null);
  if (shown === 'search') return <SearchOverlay onClose={close} />;
  return shown === 'keys' ? <KeysOverlay onClose={close} /> : null;
}
