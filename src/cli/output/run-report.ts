/** Prints finished runs: a row for each, and below it what the run logged and how it failed. */
import { stripVTControlCharacters } from 'node:util';
import type { ErrorRecord, HistoryRecord, LogLevel, LogLine, Outcome, RunRecord } from '../../index.ts';
import { spanText } from '../../machines/explaining/span-text.ts';
import { printable, printableLine } from '../../machines/printable.ts';
import { becauseOf, saidBy } from '../../wire/failures/because.ts';
import { visibleStack } from '../../wire/failures/stack-frames.ts';
import { utcText } from './instant-text.ts';
import { fitTable } from './operating/fit-table.ts';
import { textWidth } from './operating/text-width.ts';
import { alignedRows, type Cell } from './table.ts';
import type { Style, Terminal } from './terminal.ts';
import { DEFAULT_WIDTH, wrapped } from './wrapping.ts';

const HEADINGS = ['finished', 'schedule', 'outcome', 'late', 'took', 'run'] as const;
const KEY = 1;
const LATE = 3;
const TOOK = 4;
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
  const table = [HEADINGS.map((text): Cell => ({ text, paint: bold })), ...runs.map((run) => rowOf(run, terminal))];
  const fitted = fitTable(table, { width: terminal.width, keys: KEY, spare: [LATE] });
  const right = [LATE, TOOK].map((column) => fitted.kept.indexOf(column));
  const [headings = '', ...rows] = alignedRows(fitted.rows, right);
  terminal.result(headings);
  for (const [index, row] of rows.entries()) {
    const run = runs[index] as HistoryRecord;
    const { width } = terminal;
    const most = width ?? Number.POSITIVE_INFINITY;
    const lines =
      detail === 'none'
        ? beside(beside([row], notesOf(run).join('  '), most), reasonOf(run), width ?? DEFAULT_WIDTH)
        : beside([row], detailNotesOf(run), most);
    for (const line of lines) terminal.result(line);
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

/** A row with details of its run. Details that do not fit beside the row get lines of their own. */
function beside(lines: readonly string[], text: string, width: number): readonly string[] {
  if (text === '') return lines;
  const [row = '', ...below] = lines;
  const isShort = below.length === 0 && textWidth(stripVTControlCharacters(row)) + 2 + textWidth(text) <= width;
  return isShort ? [`${row}  ${text}`] : [...lines, ...wrapped(text, width, '    ')];
}

/** What a run failed of, in one line. */
function reasonOf({ error }: HistoryRecord): string {
  return error === undefined ? '' : printableLine(saidBy(error) + becauseOf(error), REASON_LENGTH);
}

function rowOf(run: HistoryRecord, terminal: Terminal): Cell[] {
  const { key, runId, finishedAtMs } = run;
  return [
    { text: instantText(finishedAtMs) },
    { text: key },
    paintedOutcome(run, terminal),
    { text: latenessText(run) },
    { text: tookText(run) },
    { text: runId.slice(0, ID_LENGTH) },
  ];
}

/** Which time the occurrence came, and what a guest has executed. */
function notesOf({ pass, fuel, fuelBudget }: HistoryRecord): string[] {
  return [...(pass === undefined ? [] : [`pass ${pass}`]), ...(fuel === undefined ? [] : [fuelText(fuel, fuelBudget)])];
}

function detailNotesOf({ fuel, fuelBudget, droppedLogLines = 0 }: HistoryRecord): string {
  const notes = [
    ...(fuel === undefined ? [] : [fuelText(fuel, fuelBudget)]),
    ...(droppedLogLines === 0 ? [] : [`${droppedLogLines} lines dropped`]),
  ];
  return notes.length === 0 ? '' : `(${notes.join(', ')})`;
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
