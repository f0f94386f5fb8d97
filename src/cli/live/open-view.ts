/** What the live screen shows of one schedule, as lines. */
import type { HistoryRecord, LogLine } from '../../index.ts';
import { utcText } from '../output/instant-text.ts';
import { bar } from '../output/operating/bar.ts';
import { oneLine, runningFor, styleOfState } from '../output/operating/operating-report.ts';
import { latenessText, styleOfOutcome, tookText } from '../output/run-report.ts';
import { tableLines } from './columns.ts';
import type { Line, Piece, Size } from './screen.ts';
import type { OpenSchedule, TopData } from './top-state.ts';
import { dueText, line, titleLine, withFoot } from './top-view.ts';

const KEYS = 'esc back   q quit';
/** The keys, and an empty line above them. */
const FOOT_ROWS = 2;
const MAX_RUNS = 6;
const INSTANT_WIDTH = 24;
const OUTCOME_WIDTH = 13;
const SPAN_WIDTH = 12;
const SECOND_START = 11;
const MILLISECOND_END = 23;

/** One schedule: how it stands, its newest runs, and the end of what its run has logged. */
export function openLines(data: TopData, open: OpenSchedule, size: Size, trouble: string | null): Line[] {
  const { detail, runs, liveRun } = open;
  const { nowMs } = data.overview;
  const head = [
    titleLine(data, trouble),
    line([]),
    ...factLines(open, nowMs),
    line([]),
    ...runLines(runs, size.columns),
    line([]),
  ];
  const log = liveRun?.log ?? runs[0]?.log ?? [];
  const what = detail.live === null ? 'log of the last run' : 'log of the run in progress';
  const room = size.rows - head.length - FOOT_ROWS - 1;
  const title = line([{ text: log.length === 0 ? '' : what, style: 'dim' }]);
  return withFoot([...head, title, ...logLines(log, room)], KEYS, size);
}

function factLines({ detail: { schedule, upcoming, live } }: OpenSchedule, nowMs: number): Line[] {
  const { key, cron, timezone, state, description, faultReason, pause, failuresInRow } = schedule;
  const style = styleOfState(state);
  const note =
    faultReason ??
    (pause === undefined ? undefined : `paused since ${utcText(Math.round(pause.atMs))} ${pause.note ?? ''}`);
  const next = upcoming.slice(0, 3).map((atMs) => `${utcText(atMs)} (${dueText(atMs, nowMs)})`);
  return [
    line([
      { text: key, style: 'bold' },
      { text: `  ${state}`, ...(style !== undefined && { style }) },
      ...(failuresInRow === 0 ? [] : [{ text: `  ${failuresInRow} failed in a row`, style: 'red' } as const]),
    ]),
    ...(description === undefined ? [] : [line([{ text: description, style: 'dim' }])]),
    ...(note === undefined ? [] : [line([{ text: note, style: 'yellow' }])]),
    line([{ text: `"${cron}" ${timezone}` }]),
    line([{ text: `next ${next.join(', ') || 'nothing'}` }]),
    ...(live === null ? [] : [line(livePieces(live, nowMs))]),
  ];
}

function livePieces(live: NonNullable<OpenSchedule['detail']['live']>, nowMs: number): Piece[] {
  const { progress, phase, runId } = live;
  const far = progress === null ? '' : `  ${bar(progress.fraction)}  ${oneLine(progress.note ?? '')}`;
  return [
    { text: phase, style: 'green' },
    { text: `  for ${runningFor(live, nowMs)}${far}` },
    { text: `  ${runId}`, style: 'dim' },
  ];
}

function runLines(runs: readonly HistoryRecord[], width: number): Line[] {
  if (runs.length === 0) return [line([{ text: 'it has not run yet', style: 'dim' }])];
  return tableLines(
    [
      { heading: 'ended', width: INSTANT_WIDTH },
      { heading: 'outcome', width: OUTCOME_WIDTH },
      { heading: 'late', width: SPAN_WIDTH, isRight: true },
      { heading: 'took', width: SPAN_WIDTH, isRight: true },
      { heading: 'error' },
    ],
    runs.slice(0, MAX_RUNS).map((run) => ({
      cells: [
        utcText(Math.floor(run.finishedAtMs)),
        { text: run.outcome, style: styleOfOutcome(run.outcome) },
        latenessText(run),
        tookText(run),
        run.error === undefined ? '' : `${run.error.name}: ${run.error.message}`,
      ],
    })),
    width,
  );
}

/** The last lines of a log that fit. */
function logLines(log: readonly LogLine[], room: number): Line[] {
  const shown = room <= 0 ? [] : log.slice(-room);
  return shown.map(({ atMs, level, message }) =>
    line([
      { text: new Date(atMs).toISOString().slice(SECOND_START, MILLISECOND_END), style: 'dim' },
      { text: `  ${level.padEnd(5)}  ${message}` },
    ]),
  );
}
