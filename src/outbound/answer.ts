import type { IncomingMessage } from 'node:http';
import type { FetchAnswer } from '../supervisor/ports/fetcher.ts';
import { unpacked } from './content-codings.ts';

/** The longest body, in bytes after decompression: with its head an answer stays below 1 MiB. */
const MAX_BODY_BYTES = 992 * 1_024;
/** Headers of the connection, those that would mislead because the body was decoded, and cookies, which nobody keeps. */
const LEFT_OUT = new Set([
  '__proto__',
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'set-cookie',
  'transfer-encoding',
]);
/** How many bytes may be between two codings of a body: packing hardly ever makes something longer. */
const MAX_PACKED_BYTES = 2 * MAX_BODY_BYTES;

/** Reads an answer as text, up to a length. Rejects when it breaks off, or is not what it says. */
export async function answerOf(response: IncomingMessage): Promise<FetchAnswer> {
  const { statusCode: status = 0 } = response;
  const body = unpacked(response, response.headers['content-encoding'], MAX_PACKED_BYTES);
  try {
    const { bytes, isTruncated } = await readUpTo(body, MAX_BODY_BYTES);
    return { status, headers: headersOf(response), body: textOf(bytes, response, isTruncated), isTruncated };
  } finally {
    response.destroy();
  }
}

async function readUpTo(
  stream: AsyncIterable<Buffer>,
  limit: number,
): Promise<{ bytes: Buffer; isTruncated: boolean }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    chunks.push(chunk);
    length += chunk.length;
    // To leave the loop destroys the stream.
    if (length > limit) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, limit), isTruncated: length > limit };
}

/** In the encoding that the server names, else in UTF-8. What was cut through at the end is left out. */
function textOf(bytes: Buffer, { headers }: IncomingMessage, isTruncated: boolean): string {
  const [, label = 'utf-8'] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(headers['content-type'] ?? '') ?? [];
  return decoderOf(label).decode(bytes, { stream: isTruncated });
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  const known = Object.entries(headers).filter(([name]) => !LEFT_OUT.has(name));
  return Object.fromEntries(known.map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : `${value}`]));
}
