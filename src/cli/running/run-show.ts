import { sourceOf } from '../../host/source-of.ts';
import type { LogLevel, RunRecord, Scheduler, SchedulerWarning, ScheduleStatus } from '../../index.ts';
import { LOG_LEVELS } from '../../machines/run.ts';
import type { OperatorEvent } from '../../supervisor/operator-protocol.ts';
import { counted } from '../output/counted.ts';
import { alignedRows } from '../output/table.ts';
import type { Terminal } from '../output/terminal.ts';
import { decisionLines, keyWidthOf, type Layout, logLines, runLines, warningLines } from './event-lines.ts';

/** How many schedules are listed at the start. */
const LISTED = 8;

/** Where it is shown, and how much of it. */
export interface ShowTerms {
  readonly terminal: Terminal;
  /** Of the log. What is below it is not shown. */
  readonly level: LogLevel | 'silent';
  /** How wide the terminal is now; undefined where lines have no end. */
  readonly columns: () => number | undefined;
}

/**
 * Shows a person what a scheduler does, while it does it: each run as it ends, and what it logs as it logs it. It listens
 * beside the log, so that a log that goes to a file is written all the same. Make it before `start()`.
 */
export class RunShow {
  readonly #scheduler: Scheduler;
  readonly #terms: ShowTerms;
  readonly #stopListening: () => void;
  /** What was heard before `begin()`. */
  #early: OperatorEvent[] | null = [];
  /**
   * Runs that the scheduler has told of and the listening has not, by their ids, or the other way round. What logs and
   * ends reaches us in order by the latter; the former is what `stop()` waits for.
   */
  readonly #told = new Map<string, RunRecord>();
  readonly #shown = new Set<string>();
  #keyWidth = 0;

  constructor(scheduler: Scheduler, terms: ShowTerms) {
    this.#scheduler = scheduler;
    this.#terms = terms;
    this.#stopListening = sourceOf(scheduler).listen(['log', 'run', 'decision'], (events) => {
      for (const event of events) this.#hear(event);
    });
    scheduler.on('run', this.#tell);
  }

  /** Lists the schedules, and shows from now on what happens. */
  begin(schedules: readonly ScheduleStatus[]): void {
    const { terminal, columns } = this.#terms;
    const nextAtMs = ({ nextOccurrenceAtMs }: ScheduleStatus): number => nextOccurrenceAtMs ?? Number.POSITIVE_INFINITY;
    const sorted = schedules.toSorted((a, b) => nextAtMs(a) - nextAtMs(b));
    for (const line of alignedRows(sorted.slice(0, LISTED).map(scheduleRow))) terminal.notice(line);
    const others = sorted.length - LISTED;
    if (others > 0) terminal.notice(`  and ${others} more`);
    this.#keyWidth = keyWidthOf(
      schedules.map(({ key }) => key),
      columns(),
    );
    this.#scheduler.on('warning', this.#warn);
    const early = this.#early ?? [];
    this.#early = null;
    for (const event of early) this.#show(event);
  }

  /** Shows the runs that ended last, and nothing more. To be called when the scheduler has stopped. */
  end(): void {
    if (this.#early === null) for (const run of this.#told.values()) this.#show({ type: 'run', event: run });
    this.close();
  }

  close(): void {
    this.#stopListening();
    this.#scheduler.off('run', this.#tell);
    this.#scheduler.off('warning', this.#warn);
  }

  readonly #tell = (run: RunRecord): void => {
    if (!this.#shown.delete(run.runId)) this.#told.set(run.runId, run);
  };

  readonly #warn = (warning: SchedulerWarning): void => {
    if (this.#isShown('warn')) this.#print(warningLines(warning, Date.now(), this.#layout()));
  };

  #hear(event: OperatorEvent): void {
    if (event.type === 'run' && !this.#told.delete(event.event.runId)) this.#shown.add(event.event.runId);
    if (this.#early === null) this.#show(event);
    else this.#early.push(event);
  }

  /** Each at the level that it has in the log. */
  #show({ type, event }: OperatorEvent): void {
    if (type === 'log' && this.#isShown(event.line.level)) this.#print(logLines(event, this.#layout()));
    else if (type === 'run' && this.#isShown(event.error === undefined ? 'info' : 'warn'))
      this.#print(runLines(event, this.#layout()));
    else if (type === 'decision' && this.#isShown(event.outcome === 'lock-error' ? 'error' : 'info'))
      this.#print(decisionLines(event, this.#layout()));
    else if (type === 'dropped') this.#print([`${counted(event.count, 'event')} came too fast to be shown`]);
  }

  #isShown(level: LogLevel): boolean {
    const { level: least } = this.#terms;
    return least !== 'silent' && LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
  }

  #layout(): Layout {
    const { terminal, columns } = this.#terms;
    return { keyWidth: this.#keyWidth, columns: columns(), paint: terminal.paint };
  }

  #print(lines: readonly string[]): void {
    for (const line of lines) this.#terms.terminal.result(line);
  }
}

function scheduleRow({ key, cron, timezone, state, nextOccurrenceAtMs }: ScheduleStatus): { text: string }[] {
  const next = nextOccurrenceAtMs === null ? state : `next ${new Date(nextOccurrenceAtMs).toISOString().slice(0, 19)}Z`;
  return [`  ${key}`, `"${cron}"`, timezone, next].map((text) => ({ text }));
}
