/** Prints how a running scheduler stands: its schedules, the runs in progress, and what is wrong. Times are UTC. */
import type { ScheduleStatus } from '../../../index.ts';
import { spanText } from '../../../machines/explaining/span-text.ts';
import { problemCountText } from '../../../machines/operating/schedule-lists.ts';
import type { LiveRun, Overview, Problem, ScheduleDetail } from '../../../supervisor/operator-reports.ts';
import { counted } from '../counted.ts';
import { utcText } from '../instant-text.ts';
import { latenessText, paintedOutcome, printRuns } from '../run-report.ts';
import { alignedRows, type Cell } from '../table.ts';
import type { Style, Terminal } from '../terminal.ts';
import { bar } from './bar.ts';
import { fitTable, type TableShape } from './fit-table.ts';

const SCHEDULE_HEADINGS = ['schedule', 'state', 'next', 'last ended', 'outcome', 'late'] as const;
const LAST_ENDED = 3;
const LATE = 5;
const LIVE_HEADINGS = ['run', 'schedule', 'phase', 'for', 'progress'] as const;
const NOTE_LENGTH = 60;
const SECOND_MS = 1_000;
/** What the schedules of a scheduler are doing, for the eye: what needs a hand is red, what waits for one is yellow. */
const STATE_STYLE: Readonly<Record<string, Style>> = {
  running: 'green',
  paused: 'yellow',
  disabled: 'dim',
  faulted: 'red',
  quarantined: 'red',
};

/** The colour of a schedule's state, if it has one. */
export function styleOfState(state: string): Style | undefined {
  return Object.hasOwn(STATE_STYLE, state) ? STATE_STYLE[state] : undefined;
}

/** Prints schedules as a table. */
export function printScheduleTable(schedules: readonly ScheduleStatus[], terminal: Terminal): void {
  printTable(
    SCHEDULE_HEADINGS,
    schedules.map((schedule) => scheduleCells(schedule, terminal)),
    terminal,
    { keys: 0, spare: [LAST_ENDED, LATE], right: [LATE] },
  );
}

/** Prints the runs in progress as a table. @param nowMs By the clock of the scheduler. */
export function printLiveRuns(runs: readonly LiveRun[], nowMs: number, terminal: Terminal): void {
  const rows = runs.map((run): Cell[] => [
    { text: run.runId.slice(0, 8) },
    { text: oneLine(run.key) },
    { text: run.phase },
    { text: runningFor(run, nowMs) },
    { text: progressText(run) },
  ]);
  printTable(LIVE_HEADINGS, rows, terminal, { keys: 1, spare: [], right: [] });
}

/** Prints how the scheduler as a whole stands. */
export function printOverview(overview: Overview, terminal: Terminal): void {
  const { nodeId, version, nowMs, startedAtMs, timezone, isDraining, nextDueAtMs, problems } = overview;
  const next = nextDueAtMs === null ? 'nothing' : utcText(Math.round(nextDueAtMs));
  terminal.result(
    `${terminal.paint('bold', oneLine(nodeId))}  escapement ${oneLine(version)}${isDraining ? ', draining' : ''}`,
  );
  printFacts(
    [
      ['running for', `${spanText(Math.max(0, nowMs - startedAtMs))}, since ${utcText(Math.round(startedAtMs))}`],
      ['zone', timezone],
      ['schedules', statesText(overview)],
      ['live runs', String(overview.liveRunCount)],
      ['next due', next],
    ],
    terminal,
  );
  printProblems(problems, terminal);
}

/** Prints what is wrong, a line each. */
export function printProblems(problems: readonly Problem[], terminal: Terminal): void {
  const rows = problems.map((problem): Cell[] => [
    { text: `  ${oneLine(problem.kind)}`, paint: (shown) => terminal.paint('red', shown) },
    { text: problemText(problem) },
  ]);
  if (rows.length > 0) terminal.result(terminal.paint('red', problemCountText(rows.length, 'problem', 'problems')));
  for (const row of alignedRows(rows)) terminal.result(row);
}

/** What is wrong with what, and since when, in one line. */
export function problemText({ key, text, sinceMs }: Problem): string {
  const what = key === undefined || text.includes(key) ? text : `${key}: ${text}`;
  return oneLine(sinceMs === undefined ? what : `${what} (since ${utcText(Math.round(sinceMs))})`);
}

/** Prints how one schedule stands. */
export function printSchedule({ schedule, upcoming, live }: ScheduleDetail, nowMs: number, terminal: Terminal): void {
  const { key, cron, timezone, state, description = '', faultReason = '', failuresInRow, dueCount } = schedule;
  const style = styleOfState(state);
  terminal.result(
    `${terminal.paint('bold', oneLine(key))}  ${style === undefined ? oneLine(state) : terminal.paint(style, state)}`,
  );
  const [next, ...later] = upcoming.map((atMs) => utcText(atMs));
  printFacts(
    [
      ['about', description],
      ['fault', faultReason],
      ['pause', pauseText(schedule)],
      ['expression', `"${cron}" ${timezone}`],
      ['next', next ?? 'nothing'],
      ['then', later.slice(0, 2).join(', ')],
      ['due', `${counted(dueCount, 'occurrence')}${outcomesText(schedule)}`],
      ['in a row', failuresInRow === 0 ? '' : `${counted(failuresInRow, 'failure')}`],
    ],
    terminal,
  );
  if (live !== null) printLiveRuns([live], nowMs, terminal);
  const { lastRun, lastFailure } = schedule;
  const runs = [lastRun, lastFailure?.runId === lastRun?.runId ? undefined : lastFailure];
  const shown = runs.filter((run) => run !== undefined);
  if (shown.length > 0) printRuns(shown, terminal, 'none');
}

/** `12: 9 idle, 2 running, 1 paused`. */
export function statesText({ scheduleCount, states }: Overview): string {
  const parts = Object.entries(states)
    .filter(([, count]) => count > 0)
    .toSorted(([, a], [, b]) => b - a)
    .map(([state, count]) => `${count} ${state}`);
  return parts.length === 0 ? String(scheduleCount) : `${scheduleCount}: ${parts.join(', ')}`;
}

/** How long a run has been running; a dash before it began. */
export function runningFor({ startedAtMs }: LiveRun, nowMs: number): string {
  return startedAtMs === null ? '–' : spanText(Math.max(0, nowMs - startedAtMs));
}

/** How far a run is, if it says so, with its note. */
export function progressText({ progress }: LiveRun): string {
  if (progress === null) return '';
  const note = progress.note === undefined ? '' : `  ${oneLine(progress.note).slice(0, NOTE_LENGTH)}`;
  return `${bar(progress.fraction)}${note}`;
}

/** A text of others in one line: with a line break of its own it could look like a row of the table. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}

function scheduleCells({ key, state, nextOccurrenceAtMs, lastRun }: ScheduleStatus, terminal: Terminal): Cell[] {
  const style = styleOfState(state);
  const last: Cell[] =
    lastRun === undefined
      ? [{ text: '–' }, { text: '–' }, { text: '–' }]
      : [
          { text: utcText(Math.floor(lastRun.finishedAtMs / SECOND_MS) * SECOND_MS) },
          paintedOutcome(lastRun, terminal),
          { text: latenessText(lastRun) },
        ];
  return [
    { text: oneLine(key) },
    { text: oneLine(state), ...(style !== undefined && { paint: (text: string) => terminal.paint(style, text) }) },
    { text: nextOccurrenceAtMs === null ? '–' : utcText(nextOccurrenceAtMs) },
    ...last,
  ];
}

function pauseText({ pause }: ScheduleStatus): string {
  if (pause === undefined) return '';
  return `since ${utcText(Math.round(pause.atMs))}${pause.note === undefined ? '' : ` (${pause.note})`}`;
}

function outcomesText({ outcomes }: ScheduleStatus): string {
  const parts = Object.entries(outcomes).map(([outcome, count]) => `${count} ${outcome}`);
  return parts.length === 0 ? '' : `: ${parts.join(', ')}`;
}

/** A line for each fact that there is. */
function printFacts(facts: readonly (readonly [label: string, text: string])[], terminal: Terminal): void {
  const rows = facts
    .filter(([, text]) => text !== '')
    .map(([label, text]) => [{ text: `  ${label}` }, { text: oneLine(text) }]);
  for (const row of alignedRows(rows)) terminal.result(row);
}

function printTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  terminal: Terminal,
  { keys, spare, right }: Omit<TableShape, 'width'> & { readonly right: readonly number[] },
): void {
  const head = headings.map((text): Cell => ({ text, paint: (shown) => terminal.paint('bold', shown) }));
  const fitted = fitTable([head, ...rows], { width: terminal.width, keys, spare });
  const rightNow = right.map((column) => fitted.kept.indexOf(column));
  for (const line of alignedRows(fitted.rows, rightNow)) terminal.result(line);
}
