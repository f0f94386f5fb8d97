/**
 * Undoes the codings that an answer's `content-encoding` lists. They are undone from the last to the first, and each only
 * when its first byte is there: an answer without a body (to HEAD, or with the status 204 or 304) names the codings that
 * its body would have, and nothing is packed in it.
 */
import { pipeline, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import { previewOf } from '../wire/value-preview.ts';
import { FetchFault } from './fetch-fault.ts';

type Bytes = AsyncIterable<Buffer>;

/** Each one takes memory before it has unpacked anything, and nobody has a use for more. */
const MAX_CODINGS = 5;
/** How the low half of the first byte of a zlib stream reads; that of a raw deflate stream reads otherwise. */
const ZLIB_METHOD = 8;
const DECODERS: Readonly<Record<string, (first: Buffer) => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  // The standard asks for a zlib stream, but some servers send a raw one, and every browser reads both.
  deflate: (first) => (((first[0] ?? 0) & 0x0f) === ZLIB_METHOD ? createInflate() : createInflateRaw()),
  br: () => createBrotliDecompress(),
};

/**
 * The body as it was before it was packed. Reading it rejects with a `FetchFault` for a coding that is not known.
 * @param limit How many bytes may be between two codings; where there are more, reading rejects.
 */
export function unpacked(body: Bytes, contentEncoding: string | undefined, limit: number): Bytes {
  const listed = (contentEncoding ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  const codings = listed.filter((coding) => coding !== '' && coding !== 'identity').reverse();
  if (codings.length > MAX_CODINGS) return decoded(body, refuseMore);
  return codings.reduce(
    (packed, coding, index) => decoded(index === 0 ? packed : upTo(packed, limit), decoderFor(coding)),
    body,
  );
}

async function* decoded(packed: Bytes, newDecoder: (first: Buffer) => Transform): AsyncGenerator<Buffer> {
  const chunks = packed[Symbol.asyncIterator]();
  const first = await chunks.next();
  if (first.done === true) return;
  const decoder = newDecoder(first.value);
  // Whoever reads the result hears of a failure.
  yield* pipeline(withFirst(first.value, chunks), decoder, () => {}) as Bytes;
}

async function* withFirst(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield first;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/** A few bytes can unpack to very many, which unpack to nothing: the length of the body alone is no limit. */
async function* upTo(packed: Bytes, limit: number): AsyncGenerator<Buffer> {
  let length = 0;
  for await (const chunk of packed) {
    length += chunk.length;
    if (length > limit) throw new FetchFault('failed', `more than ${limit} bytes are between two codings of the body`);
    yield chunk;
  }
}

function decoderFor(coding: string): (first: Buffer) => Transform {
  return (first) => {
    const newDecoder = Object.hasOwn(DECODERS, coding) ? DECODERS[coding] : undefined;
    if (newDecoder !== undefined) return newDecoder(first);
    throw new FetchFault('failed', `the body has the content coding ${previewOf(coding)}, which cannot be unpacked`);
  };
}

function refuseMore(): never {
  throw new FetchFault('failed', `the body is packed more than ${MAX_CODINGS} times`);
}
