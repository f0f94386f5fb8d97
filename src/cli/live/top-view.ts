/** What the live screen shows, as lines. It draws nothing and asks nobody. */
import type { ScheduleStatus } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { MAX_PROBLEMS as MAX_TOLD, problemCountText } from '../../machines/operating/schedule-lists.ts';
import type { LiveRun, Problem } from '../../supervisor/operator-reports.ts';
import {
  problemText,
  progressText,
  runningFor,
  statesText,
  styleOfState,
} from '../output/operating/operating-report.ts';
import { latenessText, styleOfOutcome } from '../output/run-report.ts';
import { tableLines } from './columns.ts';
import type { Line, Piece, Size } from './screen.ts';
import type { TopChoice, TopData } from './top-state.ts';

const MAX_PROBLEMS = 4;
/** Above the tables: title, states, lateness, and an empty line before each table and the keys. */
const FRAME_ROWS = 8;
const MIN_SCHEDULE_ROWS = 3;
const KEYS = '↑↓ choose   enter open   q quit';
const STATE_WIDTH = 11;
const SPAN_WIDTH = 12;
const ID_WIDTH = 8;
const NARROW_COLUMNS = 100;

/** How many schedules fit below what stands above them. */
export function scheduleRows({ live, overview }: TopData, { rows }: Size): number {
  const above = FRAME_ROWS + problemRows(overview.problems.length) + liveRows(live.length, rows);
  return Math.max(MIN_SCHEDULE_ROWS, rows - above);
}

/** The overview: what is wrong first, then what runs, then all schedules. */
export function topLines(data: TopData, choice: TopChoice, size: Size, trouble: string | null): Line[] {
  const { overview, live, page, stats } = data;
  const { total } = stats.lateness;
  const lines = [
    titleLine(data, trouble),
    line([{ text: `schedules ${statesText(overview)}`, style: 'bold' }]),
    line([
      { text: `late p50 ${spanText(total.p50Ms)}  p99 ${spanText(total.p99Ms)}  max ${spanText(total.maxMs)}` },
      {
        text: `   pool ${stats.pool.running}/${stats.pool.threads} threads, ${stats.pool.queued} waiting`,
        style: 'dim',
      },
    ]),
    ...problemLines(overview.problems),
    line([]),
    ...liveLines(live, overview.nowMs, size),
    line([]),
    ...scheduleLines(page.schedules, page.offset, choice, overview.nowMs, size),
  ];
  return withFoot(lines, `${KEYS}   ${positionText(page.total, choice)}`, size);
}

/** The lines with the keys on the last row of the screen. */
export function withFoot(lines: readonly Line[], keys: string, { rows }: Size): Line[] {
  const room = Math.max(1, rows - lines.length - 1);
  return [...lines, ...Array.from({ length: room }, () => line([])), line([{ text: keys, style: 'dim' }])];
}

/** The first line of every page: whose it is, or why what it shows is old. */
export function titleLine({ overview }: TopData, trouble: string | null): Line {
  if (trouble !== null) return line([{ text: trouble, style: 'red' }]);
  const { nodeId, version, nowMs, startedAtMs, isDraining } = overview;
  const clock = new Date(nowMs).toISOString().slice(11, 19);
  const pieces: Piece[] = [
    { text: nodeId, style: 'bold' },
    { text: `  escapement ${version}  up ${spanText(Math.max(0, nowMs - startedAtMs))}  ${clock} UTC` },
    ...(isDraining ? [{ text: '  draining', style: 'yellow' } as const] : []),
  ];
  return line(pieces);
}

/** When something is due, from now. */
export function dueText(atMs: number | null, nowMs: number): string {
  if (atMs === null) return '–';
  return atMs <= nowMs ? 'now' : `in ${spanText(atMs - nowMs)}`;
}

function problemRows(count: number): number {
  return count === 0 ? 0 : Math.min(count, MAX_PROBLEMS) + 1 + (count > MAX_PROBLEMS ? 1 : 0);
}

function problemLines(problems: readonly Problem[]): Line[] {
  if (problems.length === 0) return [];
  const shown = problems
    .slice(0, MAX_PROBLEMS)
    .map((problem) => line([{ text: `  ${problem.kind}`, style: 'red' }, { text: `  ${problemText(problem)}` }]));
  const more = problems.length - shown.length;
  return [
    line([{ text: problemCountText(problems.length, 'problem', 'problems'), style: 'red' }]),
    ...shown,
    ...(more > 0
      ? [
          line([
            { text: `  and ${problems.length >= MAX_TOLD ? 'more' : `${more} more`}: escapement status`, style: 'dim' },
          ]),
        ]
      : []),
  ];
}

/** A heading, and as many runs as a third of the screen takes. */
function liveRows(count: number, rows: number): number {
  return 1 + Math.max(1, Math.min(count, Math.max(1, Math.floor(rows / 3))));
}

function liveLines(live: readonly LiveRun[], nowMs: number, { columns, rows }: Size): Line[] {
  const shown = live.slice(0, liveRows(live.length, rows) - 1);
  const lines = tableLines(
    [
      { heading: live.length > shown.length ? `run ${shown.length}/${live.length}` : 'run', width: ID_WIDTH },
      { heading: 'running', isKey: true },
      { heading: 'phase', width: STATE_WIDTH },
      { heading: 'for', width: SPAN_WIDTH, isRight: true },
      { heading: 'progress' },
    ],
    shown.map((run) => ({
      cells: [run.runId, { text: run.key, style: 'green' }, run.phase, runningFor(run, nowMs), progressText(run)],
    })),
    columns,
  );
  return shown.length === 0 ? [...lines, line([{ text: 'nothing runs now', style: 'dim' }])] : lines;
}

function scheduleLines(
  schedules: readonly ScheduleStatus[],
  offset: number,
  { chosen, first }: TopChoice,
  nowMs: number,
  size: Size,
): Line[] {
  // Where there is little room, the keys need it most.
  const isNarrow = size.columns < NARROW_COLUMNS;
  const rows = schedules.slice(Math.max(0, first - offset)).map((schedule, index) => ({
    cells: scheduleCells(schedule, nowMs).slice(0, isNarrow ? -1 : undefined),
    isMarked: Math.max(first, offset) + index === chosen,
  }));
  return tableLines(
    [
      { heading: 'schedule', isKey: true },
      { heading: 'state', width: STATE_WIDTH },
      { heading: 'next', width: SPAN_WIDTH, isRight: true },
      { heading: 'last', width: SPAN_WIDTH },
      ...(isNarrow ? [] : [{ heading: 'late', width: SPAN_WIDTH, isRight: true }]),
    ],
    rows,
    size.columns,
  );
}

function scheduleCells({ key, state, nextOccurrenceAtMs, lastRun }: ScheduleStatus, nowMs: number) {
  return [
    key,
    { text: state, style: styleOfState(state) },
    dueText(nextOccurrenceAtMs, nowMs),
    lastRun === undefined ? '–' : { text: lastRun.outcome, style: styleOfOutcome(lastRun.outcome) },
    lastRun === undefined ? '–' : latenessText(lastRun),
  ];
}

function positionText(total: number, { chosen }: TopChoice): string {
  return total === 0 ? 'no schedules' : `${Math.min(chosen + 1, total)} of ${total}`;
}

/** A line of pieces. */
export function line(pieces: readonly Piece[]): Line {
  return { pieces };
}
