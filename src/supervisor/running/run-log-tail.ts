import type { LogLine } from '../../machines/run.ts';

/** What is kept of a run's log with its record: enough to see how it ended. */
const MAX_LINES = 100;
const MAX_TOTAL_LENGTH = 16 * 1_024;

/** The last lines that a run logged. */
export class RunLogTail {
  readonly lines: LogLine[] = [];
  #totalLength = 0;
  droppedCount = 0;

  add(line: LogLine): void {
    this.lines.push(line);
    this.#totalLength += lengthOf(line);
    while (this.lines.length > 1 && (this.lines.length > MAX_LINES || this.#totalLength > MAX_TOTAL_LENGTH)) {
      this.#totalLength -= lengthOf(this.lines.shift() as LogLine);
      this.droppedCount += 1;
    }
  }
}

function lengthOf({ message, fields }: LogLine): number {
  return message.length + (fields === undefined ? 0 : JSON.stringify(fields).length);
}
