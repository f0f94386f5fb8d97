import { useEffect } from 'preact/hooks';
import type { LifeEvent } from '../../../../machines/schedule-life.ts';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { Loading } from '../../parts/empty.tsx';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { useAnswer } from '../../server/answer.ts';
import { questionPath, schedulePath } from '../../server/request.ts';

const MOST = 20;
const EVERY_MS = 15_000;

/** What changed in its life. */
export function Life({ schedule: { key, state, timezone } }: { readonly schedule: ScheduleStatus }) {
  const path = questionPath(schedulePath(key, '/life'), { limit: MOST });
  const { data, refresh } = useAnswer<{ events: readonly LifeEvent[] }>(path, EVERY_MS);
  useEffect(refresh, [state, refresh]);
  return (
    <Panel title="What changed">
      {data === null && <Loading />}
      {data !== null && data.events.length === 0 && <p class="quiet">Nothing yet.</p>}
      <ol class="events">
        {(data?.events ?? []).map((event) => (
          <li key={`${event.atMs} ${event.kind}`}>
            <Instant ms={event.atMs} zone={timezone} />
            <span>
              <b>{event.kind}</b> <Note event={event} zone={timezone} />
            </span>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Note({ event: { note, declared, position }, zone }: { readonly event: LifeEvent; readonly zone: string }) {
  if (position !== undefined) {
    return (
      <>
        to <Instant ms={position.cursorMs} zone={zone} />
      </>
    );
  }
  if (note !== undefined) return <>{note}</>;
  return declared === undefined ? null : (
    <code>
      {declared.cron} {declared.timezone}
    </code>
  );
}
