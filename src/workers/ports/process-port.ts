import { readSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { FrameReader, frameOf, MAX_HOST_FRAME_BYTES } from '../../wire/frames.ts';
import {
  CHILD_FILES,
  type FromPoolProcess,
  type PoolTask,
  type RunStarted,
  type ToPoolProcess,
  type ToPoolWorker,
} from '../protocol.ts';
import type { SupervisorPort } from './supervisor-port.ts';

/** How long to wait before a read or a write is tried again for which the kernel was not ready. */
const RETRY_MS = 1;
const READ_BYTES = 64 * 1_024;
/** Taken before a plugin is loaded. */
const { wait } = Atomics;
const { queueMicrotask } = globalThis;

/**
 * A child process's end of the way to its pool. It writes synchronously: what is posted reaches the pool even if the
 * process dies in the next statement, and a plugin that posts faster than the pool reads has to wait, so nothing piles
 * up. It reads from another descriptor, because reading makes a descriptor non-blocking.
 */
export class ProcessPort implements SupervisorPort {
  readonly #perform: (task: PoolTask) => void;
  readonly sharesCode = false;
  #reader: FrameReader | null = null;

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
      // Later, because a run that waits for an answer reads on, and that must not happen within a reading.
      if (message.kind === 'run' || message.kind === 'load') queueMicrotask(() => this.#perform(message));
      else receive(message);
    }, MAX_HOST_FRAME_BYTES);
    this.#reader = reader;
    socket.on('data', (chunk) => reader.push(chunk));
    socket.once('close', () => process.exit(1));
  }

  waitUntil(isDone: () => boolean): void {
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
    while (!isDone()) {
      const count = read(buffer);
      if (count === 0) process.exit(1);
      if (count === null) pause();
      // The reader keeps no part of what it is given.
      else this.#reader?.push(buffer.subarray(0, count));
    }
  }
}

/** Null when nothing has arrived, 0 when nothing will. */
function read(buffer: Buffer): number | null {
  try {
    return readSync(CHILD_FILES.inbox, buffer);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    return null;
  }
}

function pause(): void {
  wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
}

function write(bytes: Buffer): number {
  try {
    return writeSync(CHILD_FILES.outbox, bytes);
  } catch (error) {
    // A plugin may have opened the descriptor itself, which makes it non-blocking.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    pause();
    return 0;
  }
}
