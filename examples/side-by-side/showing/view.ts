import { ACTS, type ActKey } from '../acts.ts';
import type { Demonstration, Note } from '../demonstration.ts';
import type { Lane, LaneName } from '../lane.ts';
import { PATIENCE_MS, SECOND_MS } from '../measuring/start-journal.ts';
import { JOBS } from '../server/jobs.ts';
import { LEGEND, timeLine } from './marks.ts';
import { measured } from './numbers.ts';
import { type Line, type Piece, wrapped } from './pieces.ts';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

const NAME_COLUMNS = 13;
const CLOCK_COLUMNS = 10;
const WHAT_IT_IS: Readonly<Record<LaneName, string>> = {
  'node-cron': 'jobs share the main thread with the requests',
  Escapement: 'jobs have threads of their own',
};

/** The whole screen: the lanes, what happened last, and the keys in the last lines. */
export function view(demonstration: Demonstration, { columns, rows }: Size, nowMs: number): Line[] {
  const top = [...headLines(demonstration.consoleUrl), ...lanesLines(demonstration, columns, nowMs), []];
  const keys = keyLines(demonstration.isActing);
  const room = Math.max(rows - top.length - keys.length, 0);
  const notes = room === 0 ? [] : noteLines(demonstration.notes, columns).slice(-room);
  const empty = Array.from({ length: room - notes.length }, (): Line => []);
  return [...[...top, ...notes, ...empty].slice(0, Math.max(rows - keys.length, 0)), ...keys];
}

/** The console's address first. */
export function headLines(consoleUrl: string): Line[] {
  return [
    [
      { text: 'Console  ' },
      { text: consoleUrl, style: 'cyan' },
      { text: '  shows the lane of Escapement in a browser' },
    ],
    [{ text: 'Two servers with the same requests and the same jobs. A column is a second.' }],
  ];
}

/** What the marks mean, and both lanes with a mark for each start. A column is a second, and the present is at the right. */
export function lanesLines({ lanes, sinceMs }: Demonstration, columns: number, nowMs: number): Line[] {
  return [LEGEND, ...lanes.flatMap((lane) => [[], ...laneLines(lane, sinceMs, { columns, nowMs })])];
}

function laneLines(lane: Lane, sinceMs: number, { columns, nowMs }: { columns: number; nowMs: number }): Line[] {
  const seconds = Math.max(columns - NAME_COLUMNS, 10);
  const title: Line = [
    { text: lane.name, style: 'bold' },
    { text: ': ' },
    lane.trouble === '' ? { text: WHAT_IT_IS[lane.name] } : { text: ` ${lane.trouble} `, style: 'inverse' },
  ];
  const jobs = JOBS.map(
    (job): Line => [
      { text: `  ${job.id}`.padEnd(NAME_COLUMNS) },
      ...timeLine(lane.journal, job, { fromMs: sinceMs, nowMs, seconds }),
    ],
  );
  return [title, ...jobs, figuresLine(lane, Math.max(sinceMs, nowMs - seconds * SECOND_MS), nowMs)];
}

/** The figures of what the time lines show. */
function figuresLine({ journal, load }: Lane, fromMs: number, nowMs: number): Line {
  const { p50Ms, p99Ms, due, started } = journal.figures(fromMs, nowMs - PATIENCE_MS);
  const requests = load.figures(fromMs);
  const starts = `late p50 ${measured(p50Ms)}, p99 ${measured(p99Ms)}, ${due - started} not started`;
  return [{ text: `  ${starts} | requests p99 ${measured(requests.p99Ms)}, ${requests.failed} failed`, style: 'bold' }];
}

/** The notes with their time of day in UTC, as `explain` has it. */
export function noteLines(notes: readonly Note[], columns: number): Line[] {
  return notes.flatMap(({ atMs, text }) => {
    const clock = new Date(atMs).toISOString().slice(11, 19);
    const [first = '', ...others] = wrapped(`${clock}  ${text}`, columns, CLOCK_COLUMNS);
    return [
      [{ text: first.slice(0, CLOCK_COLUMNS), style: 'dim' }, { text: first.slice(CLOCK_COLUMNS) }],
      ...others.map((line): Line => [{ text: line }]),
    ];
  });
}

function keyLines(isActing: boolean): Line[] {
  const key = (name: string, label: string, width: number, isOff = isActing): Piece[] => [
    { text: ` ${name} `, style: 'inverse' },
    { text: ` ${label}`.padEnd(width - 3), ...(isOff && { style: 'dim' as const }) },
  ];
  const act = (name: ActKey, width: number): Piece[] => key(name, ACTS[name].label, width);
  return [
    [...act('b', 31), ...act('l', 26), ...key('q', 'end, with a verdict', 0, false)],
    [...act('s', 31), ...act('k', 28)],
  ];
}
