import type { ScheduleDetail } from '../../../../supervisor/operator-reports.ts';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { ScheduleActions } from '../../actions/schedule-actions.tsx';
import { Failed, Loading } from '../../parts/empty.tsx';
import { Instant } from '../../parts/instant.tsx';
import { OutcomeBar } from '../../parts/outcome-bar.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StateMark } from '../../parts/state-mark.tsx';
import { useAnswer } from '../../server/answer.ts';
import { useEvents } from '../../server/events.ts';
import { schedulePath } from '../../server/request.ts';
import { runAddress, tabAddress } from '../../state/route.ts';
import { cronWords } from '../../words/cron-words.ts';
import { Charts } from './charts.tsx';
import { Declared } from './declared.tsx';
import { History } from './history.tsx';
import { Life } from './life.tsx';
import { ScheduleAudit } from './schedule-audit.tsx';
import { ScheduleLane } from './schedule-lane.tsx';
import { Silence } from './silence.tsx';
import { Upcoming } from './upcoming.tsx';
import { Why } from './why.tsx';

const EVERY_MS = 5_000;

/** All about one schedule. */
export function SchedulePage({ scheduleKey }: { readonly scheduleKey: string }) {
  const { data, error, refresh } = useAnswer<ScheduleDetail>(schedulePath(scheduleKey), EVERY_MS);
  useEvents(
    ['run', 'run-start', 'audit'],
    ({ event }) => 'key' in event && event.key === scheduleKey && refresh(),
    refresh,
  );
  return (
    <>
      <nav class="crumbs" aria-label="Where you are">
        <a href={tabAddress('schedules')}>Schedules</a>
      </nav>
      {data === null ? (
        <>
          <h1 class="mono">{scheduleKey}</h1>
          {error === null ? <Loading rows={6} /> : <Failed error={error} retry={refresh} />}
        </>
      ) : (
        <Content detail={data} refresh={refresh} />
      )}
    </>
  );
}

function Content({ detail, refresh }: { readonly detail: ScheduleDetail; readonly refresh: () => void }) {
  const { schedule, upcoming } = detail;
  const { key, timezone } = schedule;
  return (
    <>
      <Head detail={detail} refresh={refresh} />
      <Callouts schedule={schedule} />
      <ScheduleLane schedule={schedule} />
      <div class="columns">
        <div class="main-column">
          <Charts schedule={schedule} />
          <History schedule={schedule} />
        </div>
        <div class="side-column">
          <Upcoming upcoming={upcoming} schedule={schedule} />
          <Panel title="Outcomes">
            <OutcomeBar outcomes={schedule.outcomes} />
          </Panel>
          <Declared detail={detail} />
          <Why scheduleKey={key} zone={timezone} />
          <Life schedule={schedule} />
          <ScheduleAudit schedule={schedule} />
        </div>
      </div>
    </>
  );
}

function Head({
  detail: { schedule, live },
  refresh,
}: {
  readonly detail: ScheduleDetail;
  readonly refresh: () => void;
}) {
  const { key, state, description, cron, timezone } = schedule;
  const words = cronWords(cron);
  return (
    <div class="page-head tall">
      <div>
        <h1 class="mono">{key}</h1>
        {description !== undefined && <p class="lead">{description}</p>}
        <p class="cron">
          <StateMark state={state} />
          <code>{cron}</code>
          {words !== null && <span>{words}</span>}
          <span class="quiet">{timezone}</span>
          {live !== null && <a href={runAddress(live.runId)}>See the run</a>}
        </p>
      </div>
      <ScheduleActions schedule={schedule} onDone={refresh} />
    </div>
  );
}

/** Why it does not do what it is there for. */
function Callouts({ schedule }: { readonly schedule: ScheduleStatus }) {
  const { timezone, pause, faultReason } = schedule;
  return (
    <div class="callouts">
      {pause !== undefined && (
        <p class="callout warn">
          Paused <Instant ms={pause.atMs} zone={timezone} relative={true} />
          {pause.note !== undefined && <>: {pause.note}</>}
        </p>
      )}
      <Silence schedule={schedule} />
      {faultReason !== undefined && <p class="callout bad">Faulted: {faultReason}</p>}
    </div>
  );
}
