/** Prints finished runs: a row for each, and below it what the run logged and how it failed. */
import { stripVTControlCharacters } from 'node:util';
import type { ErrorRecord, HistoryRecord, LogLevel, LogLine, Outcome, RunRecord } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { printable, printableLine } from '../../machines/printable.ts';
import { becauseOf, saidBy } from '../../wire/failures/because.ts';
import { visibleStack } from '../../wire/failures/stack-frames.ts';
import { utcText } from './instant-text.ts';
import { alignedRows, type Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { DEFAULT_WIDTH, wrapped } from './wrapping.ts';

const HEADINGS = ['finished', 'schedule', 'outcome', 'late', 'took', 'run'] as const;
/** The columns `late` and `took` are aligned to the right. */
const RIGHT = [3, 4];
const REASON_LENGTH = 200;
/** The beginning of a run's id is enough for every command. */
const ID_LENGTH = 8;
/** Every other outcome is a failure, and red. */
const OUTCOME_STYLE = new Map<Outcome, Style>([
  ['succeeded', 'green'],
  ['aborted', 'yellow'],
  ['lost', 'yellow'],
]);
/** The colours of the levels that stand out. */
export const LEVEL_STYLE = new Map<LogLevel, Style>([
  ['warn', 'yellow'],
  ['error', 'red'],
  ['fatal', 'red'],
]);

/** What follows the row of a run: its log and its error, of which frames of Node and of Escapement are hidden. */
export type RunDetail = 'none' | 'log' | 'whole stacks';

/** Prints runs as a table. An error that does not fit beside its run stands below it. */
export function printRuns(runs: readonly HistoryRecord[], terminal: Terminal, detail: RunDetail): void {
  const bold = (text: string): string => terminal.paint('bold', text);
  const [headings = '', ...rows] = alignedRows(
    [HEADINGS.map((text) => ({ text, paint: bold })), ...runs.map((run) => rowOf(run, terminal, detail !== 'none'))],
    RIGHT,
  );
  terminal.result(headings);
  for (const [index, row] of rows.entries()) {
    const run = runs[index] as HistoryRecord;
    for (const line of detail === 'none' ? withReason(row, run, terminal) : [row]) terminal.result(line);
    if (detail !== 'none') printDetail(run, terminal, detail);
  }
}

/** An outcome in its colour. */
export function paintedOutcome({ outcome }: RunRecord, terminal: Terminal): Cell {
  return { text: outcome, paint: (text) => terminal.paint(styleOfOutcome(outcome), text) };
}

/** The colour of an outcome. */
export function styleOfOutcome(outcome: Outcome): Style {
  return OUTCOME_STYLE.get(outcome) ?? 'red';
}

/** How late a run began; a dash if it never began. */
export function latenessText({ threadId, lateness }: RunRecord): string {
  return threadId === undefined ? '–' : spanText(lateness.totalMs);
}

/** How long a run took; a dash if it never began. */
export function tookText({ threadId, startedAtMs, finishedAtMs }: RunRecord): string {
  return threadId === undefined ? '–' : spanText(finishedAtMs - startedAtMs);
}

/** The row of a run with what it failed of, which has lines of its own if the terminal is too narrow. */
function withReason(row: string, { error }: HistoryRecord, { width = DEFAULT_WIDTH }: Terminal): string[] {
  if (error === undefined) return [row];
  const why = printableLine(saidBy(error) + becauseOf(error), REASON_LENGTH);
  const isShort = stripVTControlCharacters(row).length + 2 + why.length <= width;
  return isShort ? [`${row}  ${why}`] : [row, ...wrapped(why, width, '    ')];
}

function rowOf(run: HistoryRecord, terminal: Terminal, hasDetail: boolean): Cell[] {
  const { key, runId, finishedAtMs, pass, fuel, fuelBudget } = run;
  const row: Cell[] = [
    { text: instantText(finishedAtMs) },
    { text: key },
    paintedOutcome(run, terminal),
    { text: latenessText(run) },
    { text: tookText(run) },
  ];
  const id = runId.slice(0, ID_LENGTH);
  if (hasDetail) return [...row, { text: id + notesOf(run) }];
  const again = pass === undefined ? '' : `  pass ${pass}`;
  const executed = fuel === undefined ? '' : `  ${fuelText(fuel, fuelBudget)}`;
  return [...row, { text: `${id}${again}${executed}` }];
}

function notesOf({ fuel, fuelBudget, droppedLogLines = 0 }: HistoryRecord): string {
  const notes = [
    ...(fuel === undefined ? [] : [fuelText(fuel, fuelBudget)]),
    ...(droppedLogLines === 0 ? [] : [`${droppedLogLines} lines dropped`]),
  ];
  return notes.length === 0 ? '' : ` (${notes.join(', ')})`;
}

/** What a guest has executed, beside what it might have. */
function fuelText(used: number, budget: number | undefined): string {
  const of = budget === undefined ? '' : ` of ${budget.toLocaleString('en')}`;
  return `${used.toLocaleString('en')}${of} instructions`;
}

function printDetail({ log = [], error }: HistoryRecord, terminal: Terminal, detail: RunDetail): void {
  for (const line of alignedRows(log.map((each) => logCells(each, terminal)))) printIndented(line, terminal);
  if (error !== undefined) printError(error, terminal, { label: '', isWhole: detail === 'whole stacks' });
}

/** A line of a log. */
export function logCells({ atMs, level, message, fields }: LogLine, terminal: Terminal): Cell[] {
  const facts = fields === undefined || Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return [
    { text: instantText(atMs).slice(11, -1), paint: (text) => terminal.paint('dim', text) },
    { text: level, paint: (text) => terminal.paint(LEVEL_STYLE.get(level) ?? 'dim', text) },
    { text: printable(message + facts) },
  ];
}

function printError(
  error: ErrorRecord,
  terminal: Terminal,
  { label, isWhole }: { readonly label: string; readonly isWhole: boolean },
): void {
  const { name, message, cause } = error;
  const stack = isWhole || error.stack === undefined ? error.stack : visibleStack(error.stack);
  const text = stack?.includes(message) ? stack : [`${name}: ${message}`, stack ?? ''].join('\n').trimEnd();
  printIndented(terminal.paint('red', printable(`${label}${text}`)), terminal);
  if (cause !== undefined) printError(cause, terminal, { label: 'Caused by ', isWhole });
}

function printIndented(text: string, terminal: Terminal): void {
  for (const line of text.split('\n')) terminal.result(`    ${line}`);
}

/** Always has milliseconds, so that columns of instants are aligned. */
function instantText(atMs: number): string {
  return utcText(atMs).replace(/(:\d\d)Z$/, '$1.000Z');
}
