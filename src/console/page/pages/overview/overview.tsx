import type { Overview } from '../../../../supervisor/operator-reports.ts';
import { Failed, Loading } from '../../parts/empty.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Reading } from '../../parts/panel.tsx';
import { STATE_NAMES, StateMark } from '../../parts/state-mark.tsx';
import { refreshOverview, useOverview } from '../../server/overview.ts';
import { second } from '../../state/frames.ts';
import { useStore } from '../../state/store.ts';
import { duration } from '../../words/durations.ts';
import { whole } from '../../words/numbers.ts';
import { Lanes } from './lanes.tsx';
import { Problems } from './problems.tsx';

/** What is wrong now, what there is, and what happens. */
export function OverviewPage() {
  const { data, error } = useOverview();
  return (
    <>
      <h1 class="unseen">Overview</h1>
      {data === null && (error === null ? <Loading rows={2} /> : <Failed error={error} retry={refreshOverview} />)}
      {data !== null && (
        <>
          <Problems problems={data.problems} isDraining={data.isDraining} />
          <Counts overview={data} />
          <Lanes />
        </>
      )}
    </>
  );
}

function Counts({ overview }: { readonly overview: Overview }) {
  const { states, scheduleCount, liveRunCount, nextDueAtMs, startedAtMs } = overview;
  const nowMs = useStore(second);
  return (
    <dl class="readings">
      <Reading
        name="Schedules"
        value={whole(scheduleCount)}
        note={
          <span class="state-counts">
            {STATE_NAMES.filter((state) => (states[state] ?? 0) > 0).map((state) => (
              <a key={state} href={`#/schedules?state=${state}`}>
                <b>{whole(states[state] ?? 0)}</b> <StateMark state={state} />
              </a>
            ))}
          </span>
        }
      />
      <Reading name="Running now" value={whole(liveRunCount)} tone={liveRunCount > 0 ? 'live' : ''} />
      <Reading
        name="Next due"
        value={nextDueAtMs === null ? 'never' : <Instant ms={nextDueAtMs} relative={true} coming={true} />}
        note={nextDueAtMs === null ? 'No schedule has an occurrence to come.' : <Instant ms={nextDueAtMs} />}
      />
      <Reading
        name="Up for"
        value={duration(Math.max(0, Math.floor((nowMs - startedAtMs) / 1_000) * 1_000))}
        note={
          <>
            since <Instant ms={startedAtMs} />
          </>
        }
      />
    </dl>
  );
}
