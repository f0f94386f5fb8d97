import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { boundedMaxima, type Limits, readLimits, writeLimits } from './limits.ts';
import type { Section } from './sections.ts';

/** What addresses of 32 bits reach, in pages. */
const NARROW_MAXIMUM = 65_536n;

/** The section of memories with maxima such that all of them together have at most `maxPages` pages. */
export function limitMemories(bytes: Uint8Array, { start, end }: Section, maxPages: number): Uint8Array {
  const reader = new ByteReader(bytes, start, end);
  const memories: Limits[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) memories.push(readLimits(reader));
  const allowed = BigInt(Math.floor(maxPages));
  const { needed, maxima } = boundedMaxima(memories, allowed, NARROW_MAXIMUM);
  if (needed > allowed) {
    throw new WasmError(`the module needs ${needed} pages of memory, and it may have ${allowed}`, start);
  }
  const out = new ByteWriter();
  out.unsigned(memories.length);
  for (const [index, memory] of memories.entries()) writeLimits(out, memory, maxima[index] as bigint);
  return out.view();
}
