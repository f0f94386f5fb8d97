import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import { duration } from '../../words/durations.ts';

interface UpcomingProps {
  readonly upcoming: readonly number[];
  readonly schedule: ScheduleStatus;
}

const WHY_NONE: Partial<Record<ScheduleStatus['state'], string>> = {
  paused: 'None while it is paused. Resume it to let it fall due again.',
  faulted: 'None while it is faulted. Mend what the reason says, and resume it.',
  disabled: 'None, because its plugin declares it as disabled. It can be run by hand.',
};

/** When it falls due next. */
export function Upcoming({ upcoming, schedule: { state, timezone, jitterMs } }: UpcomingProps) {
  return (
    <Panel title="Next occurrences">
      {upcoming.length === 0 ? (
        <p class="quiet">{WHY_NONE[state] ?? 'There are none.'}</p>
      ) : (
        <ol class="upcoming">
          {upcoming.map((ms) => (
            <li key={ms}>
              <Instant ms={ms} zone={timezone} />
              <Instant ms={ms} zone={timezone} relative={true} coming={true} />
            </li>
          ))}
        </ol>
      )}
      {jitterMs > 0 && <p class="quiet">Each is delayed by up to {duration(jitterMs)} of jitter.</p>}
    </Panel>
  );
}
