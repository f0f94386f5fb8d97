import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { type Limits, readLimits, writeLimits } from './limits.ts';
import type { Section } from './sections.ts';

/** What addresses of 32 bits reach, in pages. */
const NARROW_MAXIMUM = 65_536n;

/** The section of memories with maxima such that all of them together have at most `maxPages` pages. */
export function limitMemories(bytes: Uint8Array, { start, end }: Section, maxPages: number): Uint8Array {
  const reader = new ByteReader(bytes, start, end);
  const memories: Limits[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) memories.push(readLimits(reader));
  const least = memories.reduce((sum, { minimum }) => sum + minimum, 0n);
  const allowed = BigInt(Math.floor(maxPages));
  if (least > allowed) {
    throw new WasmError(`the module needs ${least} pages of memory, and it may have ${allowed}`, start);
  }
  const out = new ByteWriter();
  out.unsigned(memories.length);
  for (const memory of memories) {
    const share = memory.minimum + (allowed - least) / BigInt(memories.length);
    writeLimits(out, memory, lesser(share, memory));
  }
  return out.view();
}

/** No maximum is raised, and none goes beyond what addresses reach. */
function lesser(share: bigint, { maximum, isWide }: Limits): bigint {
  let least = share;
  for (const bound of [maximum, isWide ? null : NARROW_MAXIMUM]) {
    if (bound !== null && bound < least) least = bound;
  }
  return least;
}
