import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { useLanes } from '../../time-line/lane-book.ts';
import { LaneCanvas } from '../../time-line/lane-canvas.tsx';
import { SpanChoice, TimeAxis } from '../../time-line/time-axis.tsx';

const HEIGHT = 72;

/** The schedule's own lane, higher than on the overview. */
export function ScheduleLane({ schedule: { key, timezone } }: { readonly schedule: ScheduleStatus }) {
  const book = useLanes([key]);
  return (
    <section class="lanes single" aria-label="Time line">
      <div class="panel-head">
        <h2>Time line</h2>
        <SpanChoice />
      </div>
      <div class="lanes-axis">
        <span class="now-label" aria-hidden="true">
          now
        </span>
        <TimeAxis zone={timezone} />
      </div>
      <div class="lanes-rows">
        <LaneCanvas laneKey={key} book={book} height={HEIGHT} zone={timezone} />
        <i class="now-hand" aria-hidden="true" />
      </div>
    </section>
  );
}
