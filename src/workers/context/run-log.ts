import type { LogLevel, LogLine } from '../../machines/run.ts';
import type { LogMethod, RunLogger } from '../../plugin.ts';
import { previewOf } from '../../wire/value-preview.ts';
import { wallMs } from '../thread-clock.ts';
import { plainFields } from './log-fields.ts';

const MAX_LINES = 1_000;
const MAX_TOTAL_LENGTH = 256 * 1_024;
/** The longest message of one line, in UTF-16 code units. */
export const MAX_LINE_LENGTH = 8 * 1_024;

/**
 * The log of one run: a bounded number of lines of bounded length. Each is sent as soon as it is written, so that none
 * is lost when the run dies. Lines beyond the bounds are only counted.
 */
export class RunLog {
  readonly #send: (line: LogLine) => void;
  #lineCount = 0;
  #totalLength = 0;
  #droppedCount = 0;

  constructor(send: (line: LogLine) => void) {
    this.#send = send;
  }

  get droppedCount(): number {
    return this.#droppedCount;
  }

  get isFull(): boolean {
    return this.#lineCount >= MAX_LINES || this.#totalLength >= MAX_TOTAL_LENGTH;
  }

  /** Counts lines that were dropped before they were built. */
  drop(count: number): void {
    this.#droppedCount += count;
  }

  write(level: LogLevel, message: string, fields?: Readonly<Record<string, unknown>>): void {
    if (this.isFull) {
      this.drop(1);
      return;
    }
    const text = message.slice(0, MAX_LINE_LENGTH);
    const plain = fields === undefined ? null : plainFields(fields);
    this.#lineCount += 1;
    this.#totalLength += text.length + (plain?.length ?? 0);
    this.#send({ atMs: wallMs(), level, message: text, ...(plain && { fields: plain.fields }) });
  }

  /** The run's `ctx.log`. */
  logger(): RunLogger {
    return {
      trace: this.#method('trace'),
      debug: this.#method('debug'),
      info: this.#method('info'),
      warn: this.#method('warn'),
      error: this.#method('error'),
      fatal: this.#method('fatal'),
    };
  }

  /** Plugins may pass anything: a run must not fail because it logs. */
  #method(level: LogLevel): LogMethod {
    return (first: unknown, second?: unknown) => {
      const isFielded = typeof first === 'object' && first !== null;
      const message = isFielded ? (second ?? '') : first;
      const text = typeof message === 'string' ? message : previewOf(message);
      this.write(level, text, isFielded ? (first as Readonly<Record<string, unknown>>) : undefined);
    };
  }
}
