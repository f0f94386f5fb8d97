import type { LiveRun } from '../../../../supervisor/operator-reports.ts';
import type { SchedulerStats } from '../../../../supervisor/scheduler-reports.ts';
import { Failed, Loading } from '../../parts/empty.tsx';
import { OutcomeBar } from '../../parts/outcome-bar.tsx';
import { Panel, Reading } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { bytes, whole } from '../../words/numbers.ts';
import { Budgets } from './budgets.tsx';
import { LatencyTable } from './latency-table.tsx';
import { LiveRuns } from './live-runs.tsx';

const EVERY_MS = 2_000;

/** The threads, what waits for them, and how near plugins come to their budgets. */
export function PoolPage() {
  const { data, error, refresh } = useAnswer<SchedulerStats>('stats', EVERY_MS);
  const live = useAnswer<{ runs: readonly LiveRun[] }>('live', EVERY_MS);
  useEvents(['run', 'run-start'], live.refresh, live.refresh);
  return (
    <>
      <div class="page-head">
        <h1>Pool</h1>
      </div>
      {data === null && (error === null ? <Loading rows={4} /> : <Failed error={error} retry={refresh} />)}
      {data !== null && (
        <>
          <Threads stats={data} />
          <LiveRuns runs={live.data?.runs ?? []} />
          <Budgets />
          <div class="columns even">
            <Panel title="Lateness since the start">
              <LatencyTable lateness={data.lateness} />
            </Panel>
            <Panel title="Outcomes since the start">
              <OutcomeBar outcomes={data.outcomes} />
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

function Threads({ stats: { pool, queue, clock, supervisorHeapBytes } }: { readonly stats: SchedulerStats }) {
  const { threads, running, queued, quarantined, threadsReplaced } = pool;
  return (
    <dl class="readings">
      <Reading
        name="Threads busy"
        value={`${whole(running)} / ${whole(threads)}`}
        note={
          <>
            <span class="threads" aria-hidden="true">
              {Array.from({ length: threads }, (_, index) => (
                <i key={index} class={threadClass(index, running, quarantined)} />
              ))}
            </span>
            {whole(threadsReplaced)} replaced since the start
          </>
        }
      />
      <Reading name="Waiting for a thread" value={whole(queued)} tone={queued > 0 ? 'warn' : ''} />
      <Reading
        name="Quarantined"
        value={whole(quarantined)}
        tone={quarantined > 0 ? 'bad' : ''}
        note="threads that do not end"
      />
      <Reading
        name="Planned"
        value={whole(queue.scheduled)}
        note={`${whole(clock.ticks)} ticks, ${whole(clock.jumps)} jumps`}
      />
      <Reading name="Supervisor's heap" value={bytes(supervisorHeapBytes)} />
    </dl>
  );
}

function threadClass(index: number, running: number, quarantined: number): string {
  if (index < running) return 'busy';
  return index < running + quarantined ? 'quarantined' : '';
}
