import type { AuditEntry } from '../../../../supervisor/operator-reports.ts';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { AuditList } from '../../parts/audit-list.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { questionPath } from '../../server/request.ts';

const MOST = 10;
const EVERY_MS = 15_000;

/** Who did what to it. */
export function ScheduleAudit({ schedule: { key, timezone } }: { readonly schedule: ScheduleStatus }) {
  const path = questionPath('audit', { key, limit: MOST });
  const { data, refresh } = useAnswer<{ entries: readonly AuditEntry[] }>(path, EVERY_MS);
  useEvents(['audit'], refresh);
  return (
    <Panel title="Who did what">
      {data !== null && data.entries.length === 0 ? (
        <p class="quiet">Nobody has done anything to it.</p>
      ) : (
        <AuditList entries={data?.entries ?? []} zone={timezone} />
      )}
    </Panel>
  );
}
