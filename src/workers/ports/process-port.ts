import { writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { FrameReader, frameOf } from '../../wire/frames.ts';
import {
  CHILD_FILES,
  type FromPoolProcess,
  type PoolTask,
  type RunStarted,
  type ToPoolProcess,
  type ToPoolWorker,
} from '../protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/** How long to wait before a write is tried again that the kernel could not take. */
const RETRY_MS = 1;

/**
 * A child process's end of the way to its pool. It writes synchronously: what is posted reaches the pool even if the
 * process dies in the next statement, and a plugin that posts faster than the pool reads has to wait, so nothing piles
 * up. It reads from another descriptor, because reading makes a descriptor non-blocking.
 */
export class ProcessPort implements SupervisorPort {
  readonly #perform: (task: PoolTask) => void;

  constructor(perform: (task: PoolTask) => void) {
    this.#perform = perform;
  }

  post(message: FromPoolProcess): void {
    const frame = frameOf(message);
    for (let offset = 0; offset < frame.length; ) offset += write(frame.subarray(offset));
  }

  begin(start: RunStarted): void {
    this.post(start);
  }

  takeBeginning(): null {
    return null;
  }

  /** The process lives until the pool closes its end. */
  listen(receive: (message: ToPoolWorker) => void): void {
    const socket = new Socket({ fd: CHILD_FILES.inbox, readable: true, writable: false });
    const reader = new FrameReader((data) => {
      const message = data as ToPoolProcess;
      if (message.kind === 'run' || message.kind === 'load') this.#perform(message);
      else receive(message);
    });
    socket.on('data', (chunk) => reader.push(chunk));
    socket.once('close', () => process.exit(1));
  }
}

function write(bytes: Buffer): number {
  try {
    return writeSync(CHILD_FILES.outbox, bytes);
  } catch (error) {
    // A plugin may have opened the descriptor itself, which makes it non-blocking.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    return 0;
  }
}
