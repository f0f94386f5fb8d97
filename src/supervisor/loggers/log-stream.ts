/**
 * Writes lines to a file descriptor, in their order and in the background. Lines wait while a write is under way, while
 * the reader is slow, and while writing fails; when too many wait, further ones are lost and counted. A failed write is
 * tried again, so the log goes on when the disk has room or the pipe has a reader again.
 */
import { write } from 'node:fs';
import { reasonOf } from '../../wire/error-record.ts';
import { visible } from '../../wire/visible-text.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

/** How much may wait, in UTF-16 code units. */
export const MAX_WAITING_LENGTH = 16 * 1_024 * 1_024;
/** How long to wait for a reader that is slow. */
const SLOW_READER_MS = 50;
/** How long to wait before a failed write is tried again. */
const RETRY_MS = 1_000;

/** Called on the supervisor thread, from within a write or its answer. */
export interface LogStreamListener {
  /** A write failed, or a line was lost. Called for each of them. */
  failed(reason: string): void;
  /** All that waited has been written after a failure; `lostCount` lines never will be. */
  recovered(lostCount: number): void;
}

export interface LogStreamParts {
  readonly clock: Clock;
  readonly listener: LogStreamListener;
  /** Opens the destination: called before the first write, and again for as long as it throws. */
  readonly open: () => number;
}

export class LogStream {
  readonly #parts: LogStreamParts;
  #descriptor: number | null = null;
  /** Lines that the next write takes. */
  #waiting = '';
  #waitingCount = 0;
  /** What is being written, and how many lines it ends. */
  #batch: Uint8Array = new Uint8Array(0);
  #batchCount = 0;
  #isWriting = false;
  #cancelRetry: Cancel | null = null;
  #isFailing = false;
  #lostCount = 0;
  #acceptedCount = 0;
  #writtenCount = 0;
  #flushes: { readonly count: number; readonly resolve: () => void }[] = [];

  constructor(parts: LogStreamParts) {
    this.#parts = parts;
  }

  /** @throws InvalidOptionError when the destination cannot be opened. */
  open(): void {
    this.#descriptor ??= this.#parts.open();
  }

  /** Takes a line with its end. Never throws. */
  write(line: string): void {
    if (this.#waiting.length + this.#batch.length + line.length > MAX_WAITING_LENGTH) {
      this.#lostCount += 1;
      this.#fail(`nothing is taken from the ${this.#waitingCount} lines that wait`);
      return;
    }
    this.#waiting += line;
    this.#waitingCount += 1;
    this.#acceptedCount += 1;
    if (!this.#isWriting && this.#cancelRetry === null) this.#writeNext();
  }

  /** Resolves when the lines so far are written, or one more attempt has failed. */
  flush(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#writtenCount === this.#acceptedCount) return resolve();
      this.#flushes.push({ count: this.#acceptedCount, resolve });
      if (this.#cancelRetry !== null) this.#writeNext();
    });
  }

  #writeNext(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    if (this.#batch.length === 0) this.#takeBatch();
    try {
      this.open();
    } catch (error) {
      this.#writeFailed(error as Error);
      return;
    }
    this.#isWriting = true;
    write(this.#descriptor ?? -1, this.#batch, (error, count) => {
      this.#isWriting = false;
      if (error === null) this.#wrote(count);
      else if (error.code === 'EAGAIN') this.#retryAfter(SLOW_READER_MS);
      else this.#writeFailed(error);
    });
  }

  #takeBatch(): void {
    // In JSON the characters that this escapes can only be in texts, where an escape stands for the same.
    this.#batch = Buffer.from(visible(this.#waiting));
    this.#batchCount = this.#waitingCount;
    this.#waiting = '';
    this.#waitingCount = 0;
  }

  #wrote(byteCount: number): void {
    this.#batch = this.#batch.subarray(byteCount);
    if (this.#batch.length === 0) {
      this.#writtenCount += this.#batchCount;
      this.#batchCount = 0;
      this.#endFlushes(({ count }) => count <= this.#writtenCount);
    }
    if (this.#batch.length + this.#waitingCount > 0) this.#writeNext();
    else if (this.#isFailing) this.#recover();
  }

  #writeFailed(error: Error): void {
    this.#retryAfter(RETRY_MS);
    this.#fail(reasonOf(error));
    this.#endFlushes(() => true);
  }

  #retryAfter(delayMs: number): void {
    this.#cancelRetry = this.#parts.clock.sleep(delayMs, () => this.#writeNext());
  }

  #fail(reason: string): void {
    this.#isFailing = true;
    this.#parts.listener.failed(reason);
  }

  #recover(): void {
    const lostCount = this.#lostCount;
    this.#isFailing = false;
    this.#lostCount = 0;
    this.#parts.listener.recovered(lostCount);
  }

  #endFlushes(isOver: (flush: { readonly count: number }) => boolean): void {
    const over = this.#flushes.filter(isOver);
    this.#flushes = this.#flushes.filter((flush) => !over.includes(flush));
    for (const { resolve } of over) resolve();
  }
}
