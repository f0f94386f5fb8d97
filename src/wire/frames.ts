/**
 * Messages on a stream of bytes between two processes: the length of a message, then the message as V8 serializes it.
 *
 * The reader does not trust the writer. It refuses a message above the limit before it reads it in, it holds one
 * message at a time, and what it makes of the bytes is data and nothing else.
 */
import { DefaultSerializer, deserialize } from 'node:v8';

/** The longest message of a plugin. None needs more: a plugin's config may have 256 KiB. */
export const MAX_FRAME_BYTES = 16 * 1_024 * 1_024;
/**
 * The longest message of the host. Options and results of its functions may have 16 Mi characters as JSON, and V8 makes up
 * to nine bytes of two characters, of a number in a list.
 */
export const MAX_HOST_FRAME_BYTES = 5 * MAX_FRAME_BYTES;
const HEADER_BYTES = 4;

/** What arrived is not a message. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** @throws DataCloneError when the message holds something that is not data. @throws RangeError when it is too long. */
export function frameOf(message: unknown, maxBytes = MAX_FRAME_BYTES): Buffer {
  const serializer = new FrameSerializer();
  serializer.writeRawBytes(Buffer.alloc(HEADER_BYTES));
  serializer.writeHeader();
  serializer.writeValue(message);
  const frame = serializer.releaseBuffer();
  const byteCount = frame.length - HEADER_BYTES;
  if (byteCount > maxBytes) {
    throw new RangeError(`A message of ${byteCount} bytes is too long: send at most ${maxBytes} bytes at once.`);
  }
  frame.writeUInt32LE(byteCount);
  return frame;
}

/** Throws what a message port throws, because plugins see it when they call a host function. */
class FrameSerializer extends DefaultSerializer {
  readonly _getDataCloneError = (message: string): DOMException => new DOMException(message, 'DataCloneError');

  /** Two processes share no memory. */
  _getSharedArrayBufferId(): never {
    throw this._getDataCloneError('A SharedArrayBuffer could not be cloned: it does not leave its process.');
  }
}

/** Puts messages together from the pieces that arrive. */
export class FrameReader {
  readonly #heard: (message: unknown) => void;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerLength = 0;
  /** The message that arrives in several pieces. */
  #body: Buffer | null = null;
  #bodyLength = 0;
  readonly #maxBytes: number;

  constructor(heard: (message: unknown) => void, maxBytes = MAX_FRAME_BYTES) {
    this.#heard = heard;
    this.#maxBytes = maxBytes;
  }

  /** @throws FrameError when the bytes are not a message, or one above the limit. */
  push(chunk: Buffer): void {
    for (let rest = chunk; rest.length > 0; ) {
      rest = this.#body === null ? this.#readHeader(rest) : this.#readBody(this.#body, rest);
    }
  }

  #readHeader(bytes: Buffer): Buffer {
    const count = bytes.copy(this.#header, this.#headerLength);
    this.#headerLength += count;
    const rest = bytes.subarray(count);
    if (this.#headerLength < HEADER_BYTES) return rest;
    this.#headerLength = 0;
    const byteCount = this.#header.readUInt32LE();
    if (byteCount === 0 || byteCount > this.#maxBytes) {
      throw new FrameError(`a message must have from 1 to ${this.#maxBytes} bytes, not ${byteCount}`);
    }
    if (rest.length >= byteCount) {
      this.#heard(messageOf(rest.subarray(0, byteCount)));
      return rest.subarray(byteCount);
    }
    this.#body = Buffer.allocUnsafeSlow(byteCount);
    this.#bodyLength = 0;
    return rest;
  }

  #readBody(body: Buffer, bytes: Buffer): Buffer {
    const count = bytes.copy(body, this.#bodyLength);
    this.#bodyLength += count;
    if (this.#bodyLength === body.length) {
      this.#body = null;
      this.#heard(messageOf(body));
    }
    return bytes.subarray(count);
  }
}

function messageOf(body: Buffer): unknown {
  try {
    return deserialize(body);
  } catch (error) {
    throw new FrameError('a message cannot be read', { cause: error });
  }
}
