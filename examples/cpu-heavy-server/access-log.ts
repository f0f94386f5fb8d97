import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** One request, which is one JSON line of the access log. */
export interface AccessLogLine {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly bytes: number;
  /** Counted from the moment at which the handler began. */
  readonly durationMs: number;
}

/**
 * The name of the file that the server writes; rotated ones are `access-<instant>.log` and `access-<instant>.log.gz`.
 */
export const LIVE_LOG = 'access.log';

/**
 * The server's log. It keeps its file open, so whoever renames the file must call `reopen()` before the renamed file is
 * complete.
 */
export class AccessLog {
  readonly #path: string;
  #descriptor: number;

  constructor(folder: string) {
    this.#path = join(folder, LIVE_LOG);
    this.#descriptor = openSync(this.#path, 'a');
  }

  write(line: AccessLogLine): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }

  /** Continues in a new file if the present one was renamed. */
  reopen(): void {
    closeSync(this.#descriptor);
    this.#descriptor = openSync(this.#path, 'a');
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
