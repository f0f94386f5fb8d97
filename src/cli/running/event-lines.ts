/** What happens to a scheduler, as lines for a person who looks on. Times are UTC. */
import type { Decision, ErrorRecord, LogLine, RunRecord, SchedulerWarning } from '../../index.ts';
import { printable } from '../../machines/printable.ts';
import { fileOf } from '../../wire/failures/file-name.ts';
import { counted } from '../output/counted.ts';
import { shownPath } from '../output/module-path.ts';
import { fitted, textWidth } from '../output/operating/text-width.ts';
import { LEVEL_STYLE, latenessText, styleOfOutcome, tookText } from '../output/run-report.ts';
import type { Terminal } from '../output/terminal.ts';
import { hangingLines } from './hanging-lines.ts';

/** How lines are laid out and coloured. */
export interface Layout {
  /** How wide the column of keys is. */
  readonly keyWidth: number;
  /** How wide the terminal is; undefined for something that is not one. */
  readonly columns: number | undefined;
  readonly paint: Terminal['paint'];
}

const TIME_WIDTH = 'hh:mm:ss.mmmZ'.length;
const GAP = '  ';
/** What belongs to the line above begins here. */
const INDENT = TIME_WIDTH + 2 * GAP.length;
const OUTCOME_WIDTH = 'succeeded'.length;
const TOOK_WIDTH = '59.9 s'.length + 2;
/** What the other columns of a run take. */
const BESIDE_KEY = TIME_WIDTH + OUTCOME_WIDTH + TOOK_WIDTH + 4 * GAP.length + '100 ms late'.length;
const LEAST_KEY_WIDTH = 12;

/** How wide the column of these keys is, so that a run fits into a line if that is possible. */
export function keyWidthOf(keys: readonly string[], columns: number | undefined): number {
  const widest = Math.max(0, ...keys.map((key) => textWidth(printable(key))));
  return columns === undefined ? widest : Math.min(widest, Math.max(columns - BESIDE_KEY, LEAST_KEY_WIDTH));
}

/** A run that has ended, with the reason if it failed. */
export function runLines(run: RunRecord, layout: Layout): string[] {
  const { key, outcome, finishedAtMs, trigger, threadId, error } = run;
  const late = threadId === undefined ? '' : `${latenessText(run)} late`;
  const notes = [late, ...(trigger === 'clock' ? [] : [trigger])].filter((note) => note !== '').join(', ');
  const line = [
    timeText(finishedAtMs, layout),
    keyText(key, layout),
    layout.paint(styleOfOutcome(outcome), outcome.padEnd(OUTCOME_WIDTH)),
    tookText(run).padStart(TOOK_WIDTH),
    layout.paint('dim', notes),
  ].join(GAP);
  return [line.trimEnd(), ...(error === undefined ? [] : errorLines(error, layout))];
}

/** A line that a run has logged. It is indented, so that the ends of runs stand out. */
export function logLines({ key, line }: { readonly key: string; readonly line: LogLine }, layout: Layout): string[] {
  const { atMs, level, message, fields = {} } = line;
  const facts = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  const style = LEVEL_STYLE.get(level);
  const label = level === 'info' ? '' : `${level}${GAP}`;
  const before = `${key}${GAP}${label}`;
  const tail = [message, ...facts].filter((part) => part !== '').join(' ');
  const [first = '', ...others] = hangingLines(tail, {
    first: INDENT + textWidth(before),
    others: INDENT,
    columns: layout.columns,
  });
  const head = `${timeText(atMs, layout)}${GAP}${GAP}${layout.paint('dim', printable(key))}${GAP}`;
  const painted = style === undefined ? label : layout.paint(style, label);
  return [`${head}${painted}${first}`.trimEnd(), ...others.map(indented)];
}

/** Occurrences that did not run. */
export function decisionLines({ key, outcome, reason, count, atMs, error }: Decision, layout: Layout): string[] {
  const why = reason === undefined ? '' : ` (${reason})`;
  const line = [
    timeText(atMs, layout),
    keyText(key, layout),
    layout.paint('yellow', outcome.padEnd(OUTCOME_WIDTH)),
    `${counted(count, 'occurrence')} did not run${why}`,
  ].join(GAP);
  return [line, ...(error === undefined ? [] : errorLines(error, layout))];
}

/** Something that an operator should see. */
export function warningLines({ message }: SchedulerWarning, atMs: number, layout: Layout): string[] {
  const label = 'warning';
  const [first = '', ...others] = hangingLines(message, {
    first: TIME_WIDTH + label.length + 2 * GAP.length,
    others: INDENT,
    columns: layout.columns,
  });
  const head = [timeText(atMs, layout), layout.paint('yellow', label), first].join(GAP);
  return [head, ...others.map(indented)];
}

function errorLines(error: ErrorRecord, layout: Layout, label = ''): string[] {
  const { name, message, stack = '', cause } = error;
  const place = placeOf(stack);
  const text = hangingLines(`${label}${name}: ${message}`, {
    first: INDENT,
    others: INDENT,
    columns: layout.columns,
  });
  return [
    ...text.map((line) => indented(layout.paint('red', line))),
    ...(place === '' ? [] : [indented(`${GAP}${layout.paint('dim', place)}`)]),
    ...(cause === undefined ? [] : errorLines(cause, layout, 'caused by ')),
  ];
}

/** Where an error was thrown: the first line of its stack, with a path as it would be typed. History has the others. */
function placeOf(stack: string): string {
  const frame = /^\s+(at .*)$/m.exec(stack)?.[1] ?? '';
  return printable(
    frame.replace(/file:\/\/\S+?(?=(?:\?[^\s:)]*)?:\d+:\d+)(?:\?[^\s:)]*)?/, (url) =>
      shownPath(fileOf(url.replace(/\?.*$/, ''))),
    ),
  );
}

function valueText(value: unknown): string {
  if (typeof value === 'string' && /^[^\s"=]+$/.test(value)) return value;
  return JSON.stringify(value) ?? 'undefined';
}

function keyText(key: string, { keyWidth }: Layout): string {
  const text = printable(key);
  // A key that is new since the layout was made may be wider than the column.
  return keyWidth === 0 ? text : fitted(text, Math.max(keyWidth, Math.min(textWidth(text), LEAST_KEY_WIDTH)));
}

function timeText(atMs: number, { paint }: Layout): string {
  return paint('dim', new Date(atMs).toISOString().slice(-TIME_WIDTH));
}

function indented(line: string): string {
  return ' '.repeat(INDENT) + line;
}
