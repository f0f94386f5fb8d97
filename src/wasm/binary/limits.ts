import { WasmError } from '../wasm-error.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';

const HAS_MAXIMUM = 1;
const IS_SHARED = 2;
const IS_WIDE = 4;
const HAS_PAGE_SIZE = 8;

/** The size of a memory in pages of 64 KiB, or of a table in entries. */
export interface Limits {
  readonly minimum: bigint;
  /** Null if there is none. */
  readonly maximum: bigint | null;
  /** Whether addresses are 64 bits wide. */
  readonly isWide: boolean;
}

export function readLimits(reader: ByteReader): Limits {
  const at = reader.at;
  const flags = reader.byte();
  if ((flags & HAS_PAGE_SIZE) !== 0) throw new WasmError('custom page sizes are not supported', at);
  // A guest could wait in one: that costs 1 and lasts for ever, and its thread would have to be terminated.
  if ((flags & IS_SHARED) !== 0) throw new WasmError('shared memories are not supported', at);
  if (flags > (HAS_MAXIMUM | IS_WIDE)) throw new WasmError('limits of an unknown kind', at);
  return {
    minimum: reader.u64(),
    maximum: (flags & HAS_MAXIMUM) === 0 ? null : reader.u64(),
    isWide: (flags & IS_WIDE) !== 0,
  };
}

/** Writes limits with another maximum. */
export function writeLimits(out: ByteWriter, { minimum, isWide }: Limits, maximum: bigint): void {
  out.byte(HAS_MAXIMUM | (isWide ? IS_WIDE : 0));
  out.u64(minimum);
  out.u64(maximum);
}

/**
 * Maxima such that all together have at most `allowed`: what is left beyond the minima is shared evenly. No maximum is
 * raised, and none goes beyond what 32-bit addresses reach. `needed` is the sum of the minima; if it is more than
 * `allowed`, the maxima mean nothing.
 */
export function boundedMaxima(
  all: readonly Limits[],
  allowed: bigint,
  narrowMaximum: bigint,
): { readonly needed: bigint; readonly maxima: readonly bigint[] } {
  const needed = all.reduce((sum, { minimum }) => sum + minimum, 0n);
  const maxima = all.map(({ minimum, maximum, isWide }) => {
    let least = minimum + (allowed - needed) / BigInt(all.length);
    for (const bound of [maximum, isWide ? null : narrowMaximum]) {
      if (bound !== null && bound < least) least = bound;
    }
    return least;
  });
  return { needed, maxima };
}
