import type { ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { FrameError, FrameReader, frameOf, MAX_HOST_FRAME_BYTES } from '../../../../wire/frames.ts';
import { CHILD_FILES, type ToPoolProcess } from '../../../../workers/protocol.ts';

const MIB = 1_024 * 1_024;
/** While a child has so much unread, nothing is heard from it: what it asks for would only add to the heap. */
const PAUSE_BYTES = MIB;
/**
 * A child that has so much unread beside its task, and is to be sent more, is ended. It is what a thousand calls of the
 * host may be answered with.
 */
const MAX_UNREAD_BYTES = 64 * MIB;
/** How much of the child's last words is kept. */
const MAX_LAST_WORDS = 16 * 1_024;

export interface ChannelListener {
  /** Whatever the child sent. It is data, but nothing is known about its shape. */
  heard(message: unknown): void;
  /** The child breaks the rules of the channel; `fault` is a verb phrase. Called once; nothing is heard after it. */
  broken(fault: string): void;
}

/**
 * The way to a child: one socket for each direction, and a lifeline, which ends when the host does. Its raw output is
 * read, so that the child never waits for it; all but the end of its standard error is dropped.
 */
export class ChildChannel {
  readonly #child: ChildProcess;
  readonly #listener: ChannelListener;
  readonly #inbox: Socket;
  readonly #outbox: Socket;
  readonly #errors: Socket;
  readonly lifeline: Socket;
  lastWords = '';
  #isBroken = false;
  /** How long the latest task is. A child that starts up has not read it, and is not to blame for its length. */
  #taskBytes = 0;

  constructor(child: ChildProcess, listener: ChannelListener) {
    this.#child = child;
    this.#listener = listener;
    this.#inbox = this.#file(CHILD_FILES.inbox);
    this.#outbox = this.#file(CHILD_FILES.outbox);
    this.#errors = this.#file(2);
    this.lifeline = this.#file(CHILD_FILES.lifeline);
    const reader = new FrameReader((message) => {
      if (!this.#isBroken) listener.heard(message);
    });
    this.#outbox.on('data', (bytes: Buffer) => this.#read(reader, bytes));
    this.#inbox.on('drain', () => this.#outbox.resume());
    this.#errors.on('data', (bytes: Buffer) => {
      this.lastWords = (this.lastWords + bytes.toString('latin1')).slice(-MAX_LAST_WORDS);
    });
  }

  /** @throws DataCloneError when the message holds something that is not data. @throws RangeError when it is too long. */
  post(message: ToPoolProcess): void {
    const frame = frameOf(message, MAX_HOST_FRAME_BYTES);
    if (this.#isBroken || this.#inbox.destroyed) return;
    const unread = this.#inbox.writableLength;
    if (message.kind === 'run' || message.kind === 'load') this.#taskBytes = frame.length;
    else if (unread > MAX_UNREAD_BYTES + this.#taskBytes) {
      this.break(`has left ${unread} bytes of messages unread`);
      return;
    }
    this.#inbox.write(frame);
    if (this.#inbox.writableLength > PAUSE_BYTES) this.#outbox.pause();
  }

  break(fault: string): void {
    if (this.#isBroken) return;
    this.#isBroken = true;
    this.#listener.broken(fault);
  }

  /** Nothing more is written to the child. What it has sent is read to its end. */
  finish(): void {
    this.#inbox.destroy();
    this.#outbox.resume();
  }

  /** Resolves when everything that the child has sent is heard. A process that has left the group may delay that. */
  async ended(): Promise<void> {
    const ends = [this.#outbox, this.#errors].map((socket) => socket.closed || closed(socket));
    await Promise.all(ends);
  }

  close(): void {
    for (const socket of this.#sockets()) socket.destroy();
  }

  unref(): void {
    for (const socket of this.#sockets()) socket.unref();
  }

  #sockets(): readonly Socket[] {
    return [this.#inbox, this.#outbox, this.#errors, this.lifeline];
  }

  #file(descriptor: number): Socket {
    const socket = this.#child.stdio[descriptor] as Socket;
    // A child that dies resets its sockets. Its exit says so.
    socket.on('error', () => {});
    return socket;
  }

  #read(reader: FrameReader, bytes: Buffer): void {
    if (this.#isBroken) return;
    try {
      reader.push(bytes);
    } catch (error) {
      if (!(error instanceof FrameError)) throw error;
      this.break(`sent something that is not a message: ${error.message}`);
    }
  }
}

function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}
