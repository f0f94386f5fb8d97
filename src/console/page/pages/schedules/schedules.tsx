import { useState } from 'preact/hooks';
import { type ListQuery, usePagedSchedules } from '../../lists/paged-schedules.ts';
import { useVisibleRows } from '../../lists/virtual-rows.ts';
import { Empty, Failed, Loading, NoSchedules } from '../../parts/empty.tsx';
import { useMedia } from '../../state/media.ts';
import { replaceQuery, routeQuery } from '../../state/route.ts';
import { counted } from '../../words/numbers.ts';
import { Filters } from './filters.tsx';
import { ScheduleRow } from './schedule-row.tsx';

const ROW_HEIGHT = 48;
const NARROW_ROW_HEIGHT = 72;
const FIELDS = ['search', 'state', 'plugin', 'tenant', 'sort'] as const;

/** Every schedule, to search, filter and sort. The filters are in the address, so that they can be sent to somebody. */
export function SchedulesPage() {
  const [query, setQuery] = useState(queryOfAddress);
  const change = (changes: ListQuery): void => {
    const next = { ...query, ...changes };
    setQuery(next);
    replaceQuery(addressOf(next));
  };
  const rowHeight = useMedia('(max-width: 899px)') ? NARROW_ROW_HEIGHT : ROW_HEIGHT;
  const [count, setCount] = useState(0);
  const { list, range } = useVisibleRows(count, rowHeight);
  const schedules = usePagedSchedules(query, range);
  if (schedules.total !== null && schedules.total !== count) setCount(schedules.total);
  const rows = Array.from({ length: range.end - range.start }, (_, at) => range.start + at);
  return (
    <>
      <div class="page-head">
        <h1>Schedules</h1>
        <span class="quiet" aria-live="polite">
          {schedules.total !== null && counted(schedules.total, 'schedule')}
        </span>
      </div>
      <Filters query={query} change={change} />
      <div class="schedule-columns" aria-hidden="true">
        <span>State</span>
        <span>Schedule</span>
        <span>When</span>
        <span>Last run</span>
        <span>Next</span>
        <span>Failures</span>
      </div>
      <ul ref={list} class="schedule-list" style={{ height: `${count * rowHeight}px` }} aria-label="Schedules">
        {rows.map((index) => {
          const schedule = schedules.at(index);
          return <ScheduleRow key={schedule?.key ?? index} top={index * rowHeight} schedule={schedule} />;
        })}
      </ul>
      <Rest schedules={schedules} isFiltered={isFiltered(query)} clear={() => change(NO_FILTERS)} />
    </>
  );
}

const NO_FILTERS = { search: '', state: '', plugin: '', tenant: '', problems: false };

function isFiltered({ sort: _order, ...filters }: ListQuery): boolean {
  return Object.values(filters).some((filter) => filter !== '' && filter !== false);
}

function Rest({
  schedules,
  isFiltered,
  clear,
}: {
  readonly schedules: ReturnType<typeof usePagedSchedules>;
  readonly isFiltered: boolean;
  readonly clear: () => void;
}) {
  if (schedules.total === null) {
    return schedules.error === null ? (
      <Loading rows={6} />
    ) : (
      <Failed error={schedules.error} retry={schedules.refresh} />
    );
  }
  if (schedules.total > 0) return null;
  if (!isFiltered) return <NoSchedules />;
  return (
    <Empty title="No schedule matches.">
      <button type="button" onClick={clear}>
        Clear the filters
      </button>
    </Empty>
  );
}

function queryOfAddress(): ListQuery {
  const fields = routeQuery();
  const texts = FIELDS.flatMap((name) => (fields.has(name) ? [[name, fields.get(name) ?? '']] : []));
  return { ...Object.fromEntries(texts), ...(fields.get('problems') === 'true' && { problems: true }) };
}

function addressOf(query: ListQuery): URLSearchParams {
  const fields = new URLSearchParams();
  for (const name of FIELDS) if (query[name]) fields.set(name, query[name]);
  if (query.problems) fields.set('problems', 'true');
  return fields;
}
