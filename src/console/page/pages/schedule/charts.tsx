import { useMemo } from 'preact/hooks';
import type { HistoryRecord } from '../../../../machines/history.ts';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { DurationChart } from '../../charts/duration-chart.tsx';
import { LatenessChart } from '../../charts/lateness-chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath } from '../../server/request.ts';

const SHOWN = 100;
const EVERY_MS = 10_000;

/** How long the last runs took, and how late they were. Both charts show the same runs below each other. */
export function Charts({ schedule: { key, timezone } }: { readonly schedule: ScheduleStatus }) {
  const path = questionPath('runs', { key, limit: SHOWN });
  const { data } = useAnswer<{ runs: readonly HistoryRecord[] }>(path, EVERY_MS);
  const runs = useMemo(() => (data?.runs ?? []).filter(hasRun).toReversed(), [data]);
  if (data === null) return null;
  return (
    <Panel title={`Last ${runs.length === 1 ? 'run' : `${runs.length} runs`}`} kind="charts">
      {runs.length === 0 ? (
        <p class="quiet">Nothing has run yet. The charts begin with the first run.</p>
      ) : (
        <>
          <DurationChart runs={runs} zone={timezone} />
          <LatenessChart runs={runs} zone={timezone} />
        </>
      )}
    </Panel>
  );
}

/** Of the others nobody knows when they began and how long they took. */
function hasRun({ threadId }: HistoryRecord): boolean {
  return threadId !== undefined;
}
