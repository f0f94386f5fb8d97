import type { AuditEntry } from '../../../supervisor/operator-reports.ts';
import { AuditList } from '../parts/audit-list.tsx';
import { Empty, Failed, Loading } from '../parts/empty.tsx';
import { Pager, usePages } from '../parts/pager.tsx';
import { useAnswer } from '../server/answer.ts';
import { useEvents } from '../server/events.ts';
import { questionPath } from '../server/request.ts';

const PAGE_SIZE = 50;

/** Who did what to the scheduler. */
export function AuditPage() {
  const pages = usePages();
  const path = questionPath('audit', { until: pages.until, limit: PAGE_SIZE });
  const { data, error, refresh } = useAnswer<{ entries: readonly AuditEntry[]; next: number | null }>(path);
  useEvents(['audit'], () => pages.until === null && refresh(), refresh);
  const entries = data?.entries ?? [];
  return (
    <>
      <div class="page-head">
        <h1>Audit</h1>
        <span class="quiet">Who did what, newest first</span>
      </div>
      {data === null && (error === null ? <Loading rows={6} /> : <Failed error={error} retry={refresh} />)}
      {data !== null && entries.length === 0 && (
        <Empty title="Nobody has done anything yet.">
          What is run by hand, paused, resumed, moved, aborted or reloaded is listed here, with who it was.
        </Empty>
      )}
      <AuditList entries={entries} zone={null} withKeys={true} />
      {data !== null && <Pager pages={pages} next={data.next} />}
    </>
  );
}
