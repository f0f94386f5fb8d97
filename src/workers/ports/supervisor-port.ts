import type { FromPoolWorker, ToPoolWorker } from '../protocol.ts';

/** A worker's end of the way to its pool. */
export interface SupervisorPort {
  /** @throws DataCloneError when the message holds something that is not plain data. */
  post(message: FromPoolWorker): void;
  /** Call it once. */
  listen(receive: (message: ToPoolWorker) => void): void;
}
