/** Prints finished runs: a row for each, and below it what the run logged and how it failed. */
import type { ErrorRecord, HistoryRecord, LogLevel, LogLine, Outcome, RunRecord } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { printable, printableLine } from '../../machines/printable.ts';
import { utcText } from './instant-text.ts';
import { alignedRows, type Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';

const HEADINGS = ['finished', 'schedule', 'outcome', 'late', 'took', 'run'] as const;
/** The columns `late` and `took` are aligned to the right. */
const RIGHT = [3, 4];
const ERROR_LENGTH = 80;
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

/** Prints runs as a table. With `detail`, each is followed by its log and its error. */
export function printRuns(runs: readonly HistoryRecord[], terminal: Terminal, detail: 'log' | 'none'): void {
  const bold = (text: string): string => terminal.paint('bold', text);
  const [headings = '', ...rows] = alignedRows(
    [HEADINGS.map((text) => ({ text, paint: bold })), ...runs.map((run) => rowOf(run, terminal, detail))],
    RIGHT,
  );
  terminal.result(headings);
  for (const [index, row] of rows.entries()) {
    terminal.result(row);
    if (detail === 'log') printDetail(runs[index] as HistoryRecord, terminal);
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

function rowOf(run: HistoryRecord, terminal: Terminal, detail: 'log' | 'none'): Cell[] {
  const { key, runId, error, finishedAtMs, pass, fuel, fuelBudget } = run;
  const row: Cell[] = [
    { text: instantText(finishedAtMs) },
    { text: key },
    paintedOutcome(run, terminal),
    { text: latenessText(run) },
    { text: tookText(run) },
  ];
  if (detail === 'log') return [...row, { text: runId + notesOf(run) }];
  const again = pass === undefined ? '' : `  pass ${pass}`;
  const why = error === undefined ? '' : `  ${printableLine(`${error.name}: ${error.message}`, ERROR_LENGTH)}`;
  const executed = fuel === undefined ? '' : `  ${fuelText(fuel, fuelBudget)}`;
  return [...row, { text: `${runId.slice(0, 8)}${again}${executed}${why}` }];
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

function printDetail({ log = [], error }: HistoryRecord, terminal: Terminal): void {
  for (const line of alignedRows(log.map((each) => logCells(each, terminal)))) printIndented(line, terminal);
  if (error !== undefined) printError(error, terminal);
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

function printError(error: ErrorRecord, terminal: Terminal, label = ''): void {
  const { name, message, stack, cause } = error;
  const text = stack?.includes(message) ? stack : [`${name}: ${message}`, stack ?? ''].join('\n').trimEnd();
  printIndented(terminal.paint('red', printable(`${label}${text}`)), terminal);
  if (cause !== undefined) printError(cause, terminal, 'Caused by ');
}

function printIndented(text: string, terminal: Terminal): void {
  for (const line of text.split('\n')) terminal.result(`    ${line}`);
}

/** Always has milliseconds, so that columns of instants are aligned. */
function instantText(atMs: number): string {
  return utcText(atMs).replace(/(:\d\d)Z$/, '$1.000Z');
}
