import { useState } from 'preact/hooks';
import { installationName } from '../../../../machines/run.ts';
import type { PluginPage } from '../../../../supervisor/operator-reports.ts';
import type { SchedulerStats } from '../../../../supervisor/scheduler-reports.ts';
import { Empty, Failed, Loading } from '../../parts/empty.tsx';
import { OffsetPager } from '../../parts/offset-pager.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { questionPath } from '../../server/request.ts';
import { counted } from '../../words/numbers.ts';
import { PluginCard } from './plugin-card.tsx';

const EVERY_MS = 30_000;
const PAGE_SIZE = 50;
const SHOWN_SCHEDULES = 8;

/** What is installed, and what was refused. */
export function PluginsPage() {
  const [offset, setOffset] = useState(0);
  const path = questionPath('plugins', { offset, limit: PAGE_SIZE, schedules: SHOWN_SCHEDULES });
  const { data, error, refresh } = useAnswer<PluginPage>(path, EVERY_MS);
  const stats = useAnswer<SchedulerStats>('stats', EVERY_MS);
  useEvents(['audit'], refresh);
  const refused = stats.data?.plugins.refused ?? [];
  return (
    <>
      <div class="page-head">
        <h1>Plugins</h1>
        <span class="quiet">{data !== null && counted(data.total, 'installation')}</span>
      </div>
      {data === null && (error === null ? <Loading rows={4} /> : <Failed error={error} retry={refresh} />)}
      {refused.map(({ module, error: { message } }) => (
        <Panel key={module} title={module} kind="bad" aside={<span class="state bad">refused</span>}>
          <pre class="message">{message}</pre>
        </Panel>
      ))}
      {data?.total === 0 && (
        <Empty title="No plugin is installed.">
          Name one in <code>plugins</code> of <code>createScheduler</code>, or call <code>scheduler.install()</code>.
        </Empty>
      )}
      <div class="cards">
        {data?.plugins.map((plugin) => (
          <PluginCard key={installationName(plugin.name, plugin)} plugin={plugin} onReloaded={refresh} />
        ))}
      </div>
      {data !== null && <OffsetPager offset={offset} size={PAGE_SIZE} total={data.total} go={setOffset} />}
    </>
  );
}
