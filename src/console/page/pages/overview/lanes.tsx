import { useState } from 'preact/hooks';
import type { ScheduleStatus } from '../../../../supervisor/scheduler-reports.ts';
import { usePagedSchedules } from '../../lists/paged-schedules.ts';
import { useVisibleRows } from '../../lists/virtual-rows.ts';
import { Failed, Loading, NoSchedules } from '../../parts/empty.tsx';
import { Instant } from '../../parts/instant.tsx';
import { SilentMark, StateMark } from '../../parts/state-mark.tsx';
import { keptChoice } from '../../state/kept.ts';
import { useMedia } from '../../state/media.ts';
import { scheduleAddress } from '../../state/route.ts';
import { useStore } from '../../state/store.ts';
import { type LaneBook, useLanes } from '../../time-line/lane-book.ts';
import { LaneCanvas } from '../../time-line/lane-canvas.tsx';
import { Legend } from '../../time-line/legend.tsx';
import { SpanChoice, TimeAxis } from '../../time-line/time-axis.tsx';

const CANVAS_HEIGHT = 44;
const ROW_HEIGHT = 52;
/** On a phone the name stands above its lane. */
const NARROW_ROW_HEIGHT = 76;

const ORDERS = [
  ['problem', 'Problems first'],
  ['last', 'Last run first'],
  ['next', 'Next due first'],
  ['key', 'Name'],
] as const;
const order = keptChoice('lane-order', ['problem', 'last', 'next', 'key']);

/** A lane for each schedule, on one time line; those with problems first. */
export function Lanes() {
  const isNarrow = useMedia('(max-width: 699px)');
  const rowHeight = isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const [count, setCount] = useState(0);
  const { list, range } = useVisibleRows(count, rowHeight);
  const schedules = usePagedSchedules({ sort: useStore(order) }, range);
  if (schedules.total !== null && schedules.total !== count) setCount(schedules.total);
  const rows = Array.from({ length: range.end - range.start }, (_, at) => range.start + at);
  const shown = rows.map((index) => schedules.at(index));
  const book = useLanes(shown.flatMap((schedule) => (schedule === null ? [] : [schedule.key])));
  return (
    <section class="lanes" aria-labelledby="lanes-title">
      <div class="panel-head">
        <h2 id="lanes-title">Time line</h2>
        <span class="lane-choices">
          <OrderChoice />
          <SpanChoice />
        </span>
      </div>
      <div class="lanes-axis">
        <span class="now-label" aria-hidden="true">
          now
        </span>
        <TimeAxis />
      </div>
      <div class="lanes-rows">
        <ul ref={list} style={{ height: `${count * rowHeight}px` }} aria-label="Schedules">
          {rows.map((index, at) => (
            <LaneRow key={shown[at]?.key ?? index} top={index * rowHeight} schedule={shown[at] ?? null} book={book} />
          ))}
        </ul>
        {count > 0 && <i class="now-hand" aria-hidden="true" />}
      </div>
      {schedules.total === null && schedules.error === null && <Loading />}
      {schedules.total === null && schedules.error !== null && (
        <Failed error={schedules.error} retry={schedules.refresh} />
      )}
      {schedules.total === 0 && <NoSchedules />}
      {count > 0 && <Legend />}
    </section>
  );
}

function OrderChoice() {
  return (
    <label class="select">
      <span>Order</span>
      <select
        value={useStore(order)}
        onChange={({ currentTarget: { value } }) =>
          order.set(ORDERS.find(([name]) => name === value)?.[0] ?? 'problem')
        }
      >
        {ORDERS.map(([name, word]) => (
          <option key={name} value={name}>
            {word}
          </option>
        ))}
      </select>
    </label>
  );
}

interface LaneRowProps {
  readonly top: number;
  readonly schedule: ScheduleStatus | null;
  readonly book: LaneBook;
}

function LaneRow({ top, schedule, book }: LaneRowProps) {
  return (
    <li class="lane-row" style={{ transform: `translateY(${top}px)` }}>
      {schedule !== null && (
        <>
          <a class="lane-name" href={scheduleAddress(schedule.key)} data-entry={true}>
            <span class="mono" title={schedule.key}>
              {schedule.key}
            </span>
            <span class="lane-note">
              {schedule.silentSinceMs === undefined ? <StateMark state={schedule.state} /> : <SilentMark />}
              {schedule.nextOccurrenceAtMs !== null && (
                <Instant ms={schedule.nextOccurrenceAtMs} relative={true} coming={true} />
              )}
            </span>
          </a>
          <LaneCanvas laneKey={schedule.key} book={book} height={CANVAS_HEIGHT} zone={schedule.timezone} />
        </>
      )}
    </li>
  );
}
