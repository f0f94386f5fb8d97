import type { HistoryRecord, LogLine } from '../../../index.ts';
import type { OperatorEvent } from '../../../supervisor/operator-protocol.ts';
import type { LiveRunDetail } from '../../../supervisor/operator-reports.ts';
import { logCells, printRuns } from '../run-report.ts';
import { alignedRows } from '../table.ts';
import type { Terminal } from '../terminal.ts';

/** The lines come one by one, so their columns have a width of their own. */
const LEVEL_LENGTH = 5;
/** Of so many runs it is remembered what was printed. */
const MAX_REMEMBERED = 10;

/** What was printed of a run. A line is known by its time, level and text, of which there may be several. */
interface Printed {
  /** How often each line was printed, and how often it was heard of. */
  readonly printed: Map<string, number>;
  readonly heard: Map<string, number>;
  isEnded: boolean;
}

/**
 * Prints the log of runs while they go on: each line once, whether it was heard of or stood in a log that was asked for.
 * As JSON it prints one event in each line, as the scheduler tells them.
 */
export class RunLog {
  readonly #terminal: Terminal;
  readonly #isJson: boolean;
  readonly #runs = new Map<string, Printed>();
  #headed: string | null = null;

  constructor(terminal: Terminal, isJson: boolean) {
    this.#terminal = terminal;
    this.#isJson = isJson;
  }

  /** What a run has logged until now, and how it ended. */
  show({ run, live }: { readonly run: HistoryRecord | null; readonly live: LiveRunDetail | null }): void {
    const found = run ?? live;
    if (found === null) return;
    const { runId, key, log = [], droppedLogLines = 0 } = found;
    const isFirst = !this.#runs.has(runId);
    const known = this.#known(runId);
    if (known.isEnded) return;
    this.#head(runId, key);
    if (isFirst && droppedLogLines > 0) this.#note(`${droppedLogLines} lines before were dropped`);
    const counts = new Map<string, number>();
    for (const line of log) if (isNews(line, counts, known)) this.#line({ runId, key, line });
    if (run !== null) this.#end(run, known);
  }

  /** What is logged, or what run has begun. */
  heard(event: OperatorEvent): void {
    if (event.type !== 'run-start' && event.type !== 'log') return;
    const { runId, key } = event.event;
    const known = this.#known(runId);
    if (known.isEnded) return;
    this.#head(runId, key);
    if (event.type === 'log' && isNews(event.event.line, known.heard, known)) this.#line(event.event);
  }

  #end(run: HistoryRecord, known: Printed): void {
    known.isEnded = true;
    const { log: _, ...record } = run;
    if (this.#isJson) this.#json('run', record);
    else printRuns([record], this.#terminal, 'none');
  }

  #known(runId: string): Printed {
    const known = this.#runs.get(runId) ?? { printed: new Map(), heard: new Map(), isEnded: false };
    this.#runs.set(runId, known);
    const [oldest] = this.#runs.keys();
    if (this.#runs.size > MAX_REMEMBERED && oldest !== undefined) this.#runs.delete(oldest);
    return known;
  }

  #head(runId: string, key: string): void {
    if (this.#headed === runId) return;
    this.#headed = runId;
    this.#note(`${key}, run ${runId}`);
  }

  #note(text: string): void {
    if (!this.#isJson) this.#terminal.notice(this.#terminal.paintNotice('dim', text));
  }

  #line(event: { readonly runId: string; readonly key: string; readonly line: LogLine }): void {
    if (this.#isJson) {
      this.#json('log', event);
      return;
    }
    const cells = logCells(event.line, this.#terminal);
    const row = cells.map((cell, column) => (column === 1 ? { ...cell, text: cell.text.padEnd(LEVEL_LENGTH) } : cell));
    for (const line of alignedRows([row])) this.#terminal.result(line);
  }

  #json(type: string, event: object): void {
    this.#terminal.result(JSON.stringify({ type, event }));
  }
}

/** Counts a line where it was found, and says whether it was not printed yet as often as it was found there. */
function isNews({ atMs, level, message }: LogLine, counts: Map<string, number>, { printed }: Printed): boolean {
  const mark = JSON.stringify([atMs, level, message]);
  const count = (counts.get(mark) ?? 0) + 1;
  counts.set(mark, count);
  if (count <= (printed.get(mark) ?? 0)) return false;
  printed.set(mark, count);
  return true;
}
