import { serialize } from 'node:v8';
import { describe, expect, test } from 'vitest';
import { FrameError, FrameReader, frameOf, MAX_FRAME_BYTES } from '../../src/wire/frames.ts';

function read(pieces: readonly Buffer[]): unknown[] {
  const heard: unknown[] = [];
  const reader = new FrameReader((message) => heard.push(message));
  for (const piece of pieces) reader.push(piece);
  return heard;
}

const messages = [{ kind: 'a', at: Number.POSITIVE_INFINITY, none: undefined }, ['ž', 'x'.repeat(70_000)], null, 0];

describe('frames', () => {
  test('bring messages over, however the bytes are cut', () => {
    const bytes = Buffer.concat(messages.map((message) => frameOf(message)));

    for (const size of [1, 3, 5, 4_096, bytes.length]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
        bytes.subarray(index * size, (index + 1) * size),
      );
      expect(read(pieces)).toEqual(messages);
    }
  });

  test('refuse what is not data, as a message port does', () => {
    expect(() => frameOf({ run: () => {} })).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
    expect(() => frameOf(new SharedArrayBuffer(8))).toThrow(expect.objectContaining({ name: 'DataCloneError' }));
  });

  test('refuse to send more than a reader takes', () => {
    expect(() => frameOf('x'.repeat(MAX_FRAME_BYTES))).toThrow(RangeError);
    expect(() => frameOf('x'.repeat(MAX_FRAME_BYTES))).toThrow(`send at most ${MAX_FRAME_BYTES} bytes at once.`);
  });
});

describe('a reader of frames', () => {
  const header = (byteCount: number): Buffer => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(byteCount);
    return bytes;
  };

  test.each([
    ['too long', header(MAX_FRAME_BYTES + 1), `not ${MAX_FRAME_BYTES + 1}`],
    ['as long as can be', header(2 ** 32 - 1), 'not 4294967295'],
    ['empty', header(0), 'not 0'],
    ['text', Buffer.from('GET / HTTP/1.1'), 'a message must have'],
    ['unreadable', Buffer.concat([header(3), Buffer.from([0xff, 0x0f, 0x5c])]), 'a message cannot be read'],
    ['a class of the writer', Buffer.concat([header(4), Buffer.from([0xff, 0x0f, 0x5c, 0x63])]), 'cannot be read'],
  ])('refuses a message that is %s', (_what, bytes, reason) => {
    expect(() => read([bytes])).toThrow(FrameError);
    expect(() => read([bytes])).toThrow(reason);
  });

  test('has heard what came before a message that it refuses', () => {
    const heard: unknown[] = [];
    const reader = new FrameReader((message) => heard.push(message));

    expect(() => reader.push(Buffer.concat([frameOf('good'), header(0)]))).toThrow(FrameError);

    expect(heard).toEqual(['good']);
  });

  test('makes an array of no more than its bytes hold', () => {
    const dense = serialize([1, 2, 3]);
    // The count of a dense array that claims a million elements.
    const lying = Buffer.concat([dense.subarray(0, 3), Buffer.from([0xc0, 0x84, 0x3d]), dense.subarray(4)]);

    expect(() => read([Buffer.concat([header(lying.length), lying])])).toThrow(FrameError);
  });
});
