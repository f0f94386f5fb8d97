import { AbortButton } from '../../actions/abort-button.tsx';
import { Failed, Loading } from '../../parts/empty.tsx';
import { OutcomeMark } from '../../parts/outcome-mark.tsx';
import { scheduleAddress, tabAddress } from '../../state/route.ts';
import { EndedRun } from './ended-run.tsx';
import { LiveRunView } from './live-run.tsx';
import { RunLog } from './run-log.tsx';
import { type RunView, useRun } from './use-run.ts';

/** All about one run, while it lasts and afterwards. */
export function RunPage({ runId }: { readonly runId: string }) {
  const view = useRun(runId);
  const { run, live, error, refresh } = view;
  const key = live?.key ?? run?.key;
  return (
    <>
      <nav class="crumbs" aria-label="Where you are">
        <a href={tabAddress('schedules')}>Schedules</a>
        {key !== undefined && (
          <a class="mono" href={scheduleAddress(key)}>
            {key}
          </a>
        )}
      </nav>
      <Head runId={runId} view={view} />
      {run === null &&
        live === null &&
        (error === null ? <Loading rows={5} /> : <Failed error={error} retry={refresh} />)}
      {live !== null && <LiveRunView live={live} />}
      {run !== null && live === null && <EndedRun run={run} />}
      {(run !== null || live !== null) && <RunLog view={view} />}
    </>
  );
}

function Head({ runId, view: { run, live, refresh } }: { readonly runId: string; readonly view: RunView }) {
  return (
    <div class="page-head tall">
      <div>
        <h1>
          Run <span class="mono run-id">{runId}</span>
        </h1>
        <p class="cron">
          {live !== null && <span class="state live running">{PHASE_WORDS[live.phase]}</span>}
          {live === null && run !== null && <OutcomeMark outcome={run.outcome} />}
        </p>
      </div>
      {live !== null && (
        <AbortButton runId={runId} scheduleKey={live.key} graceMs={live.budget.graceMs} onDone={refresh} />
      )}
    </div>
  );
}

const PHASE_WORDS = { locking: 'Locking', queued: 'Waiting for a thread', running: 'Running', recording: 'Recording' };
