import type { Beginning } from '../../wire/worker-cell.ts';
import type { FromPoolWorker, RunStarted, ToPoolWorker } from '../protocol.ts';

/** A worker's end of the way to its pool. */
export interface SupervisorPort {
  /** @throws DataCloneError when the message holds something that is not plain data. */
  post(message: FromPoolWorker): void;
  /** A run begins. The pool can see it from now on; a message about it may follow a little later. */
  begin(start: RunStarted): void;
  /** How the run began, if that is not posted yet. It has to be sent by other means. */
  takeBeginning(): Beginning | null;
  /** Call it once. */
  listen(receive: (message: ToPoolWorker) => void): void;
  /** Blocks the thread and receives what comes, until `isDone` says so. Call it after `listen`. */
  waitUntil(isDone: () => boolean): void;
  /** The pool is in the same process, and so can have the compiled code of a guest. */
  readonly sharesCode: boolean;
}
