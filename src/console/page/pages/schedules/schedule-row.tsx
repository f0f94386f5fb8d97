import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { Instant } from '../../parts/instant.tsx';
import { OutcomeMark } from '../../parts/outcome-mark.tsx';
import { SilentMark, StateMark } from '../../parts/state-mark.tsx';
import { scheduleAddress } from '../../state/route.ts';
import { cronWords } from '../../words/cron-words.ts';
import { whole } from '../../words/numbers.ts';

interface ScheduleRowProps {
  readonly top: number;
  /** Null while its page is on its way. */
  readonly schedule: ScheduleStatus | null;
}

/** A schedule in the list: one link, wherever it is touched. */
export function ScheduleRow({ top, schedule }: ScheduleRowProps) {
  return (
    <li class="schedule-row" style={{ transform: `translateY(${top}px)` }}>
      {schedule === null ? <span class="pending" /> : <Content schedule={schedule} />}
    </li>
  );
}

function Content({ schedule }: { readonly schedule: ScheduleStatus }) {
  const { key, state, description, cron, timezone, nextOccurrenceAtMs, lastRun, failuresInRow, silentSinceMs } =
    schedule;
  return (
    <a href={scheduleAddress(key)} data-entry={true}>
      <span class="cell-state">
        <StateMark state={state} />
        {silentSinceMs !== undefined && <SilentMark />}
      </span>
      <span class="cell-name">
        <span class="mono">{key}</span>
        {description !== undefined && <span class="cell-note">{description}</span>}
      </span>
      <span class="cell-when" title={cronWords(cron) ?? cron}>
        <code>{cron}</code>
        <span class="cell-note">{cronWords(cron) ?? timezone}</span>
      </span>
      <span class="cell-last">
        {lastRun !== undefined && (
          <>
            <OutcomeMark outcome={lastRun.outcome} />
            <Instant ms={lastRun.finishedAtMs} zone={timezone} relative={true} />
          </>
        )}
      </span>
      <span class="cell-next">
        {nextOccurrenceAtMs === null ? (
          '–'
        ) : (
          <Instant ms={nextOccurrenceAtMs} zone={timezone} relative={true} coming={true} />
        )}
      </span>
      <span class={failuresInRow > 0 ? 'cell-failures some' : 'cell-failures'}>{whole(failuresInRow)}</span>
    </a>
  );
}
