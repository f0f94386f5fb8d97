/**
 * What makes this thread the only user of a store: a socket that no read of a file can drop, and a lock on a file. The
 * lock is for what has no socket: a file system that takes none, Windows (where no read drops a lock), and version
 * 0.1.0, which knew the lock alone.
 */
import { OwnerFile } from './owner-file.ts';
import { NoSocketError, OwnerSocket } from './owner-socket.ts';

/** Says why a store has only the lock on a file. */
export type Weakened = (reason: string) => void;

export class OwnerLock {
  readonly #file: OwnerFile;
  readonly #socket: OwnerSocket | null;

  private constructor(file: OwnerFile, socket: OwnerSocket | null) {
    this.#file = file;
    this.#socket = socket;
  }

  /** Rejects with a `StoreInUseError`, or with the error of a disk that cannot be written. */
  static async acquire(storePath: string, nodeId: string, weakened: Weakened): Promise<OwnerLock> {
    const file = OwnerFile.acquire(storePath, nodeId);
    try {
      return new OwnerLock(file, await socketFor(storePath, nodeId, weakened));
    } catch (error) {
      file.release();
      throw error;
    }
  }

  /** Whether others who start are still kept out. */
  isInPlace(): boolean {
    return this.#file.isInPlace() && this.#socket?.isInPlace() !== false;
  }

  release(): void {
    this.#socket?.release();
    this.#file.release();
  }
}

async function socketFor(storePath: string, nodeId: string, weakened: Weakened): Promise<OwnerSocket | null> {
  if (process.platform === 'win32') return null;
  try {
    return await OwnerSocket.acquire(storePath, nodeId);
  } catch (error) {
    if (!(error instanceof NoSocketError)) throw error;
    weakened(error.message);
    return null;
  }
}
