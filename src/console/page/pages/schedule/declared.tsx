import type { ScheduleDetail } from '../../../../supervisor/operator-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { Facts, Panel } from '../../parts/panel.tsx';
import { duration } from '../../words/durations.ts';
import { limitText } from '../../words/limits.ts';
import { whole } from '../../words/numbers.ts';

/** How its plugin declared it, and its counters. */
export function Declared({ detail: { schedule, declared } }: { readonly detail: ScheduleDetail }) {
  const { plugin, tenantId, siteId, missedRunPolicy, jitterMs, dueCount, runCount, createdAtMs, timezone } = schedule;
  const { budget } = declared;
  return (
    <Panel title="Declared">
      <Facts
        facts={[
          ['Plugin', plugin],
          ['Tenant', tenantId],
          ['Site', siteId],
          ['Zone', timezone],
          ['Missed runs', missedRunPolicy],
          ['Jitter', jitterMs > 0 && duration(jitterMs)],
          ['Locking', declared.locking],
          ['Wall time', limitText(budget.wallMs, 'ms')],
          ['CPU time', limitText(budget.cpuMs, 'ms')],
          ['Memory', limitText(budget.heapMb, 'MiB')],
          ['Grace', limitText(budget.graceMs, 'ms')],
          // A plugin that is no WASM guest uses none.
          ['Fuel', schedule.lastRun?.fuel !== undefined && limitText(budget.fuel, 'instructions')],
          ['May be silent for', declared.watch !== undefined && duration(declared.watch.maxSilenceMs)],
          ['Fell due', whole(dueCount)],
          ['Runs since the start', whole(runCount)],
          ['Known since', <Instant key="since" ms={createdAtMs} zone={timezone} />],
        ]}
      />
    </Panel>
  );
}
