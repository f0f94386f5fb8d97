import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import { skipConstant } from './immediates.ts';
import { boundedMaxima, type Limits, readLimits, writeLimits } from './limits.ts';
import type { Section } from './sections.ts';
import { skipKeptType } from './value-types.ts';

/** Stands in front of the type of a table whose entries do not start as null; a zero follows. */
const HAS_INITIALIZER = 0x40;
/** What addresses of 32 bits reach, in entries. */
const NARROW_MAXIMUM = 2n ** 32n - 1n;

/** An entry with a function takes 32 bytes in V8, and any other one 8. Pages have 64 KiB. */
const ENTRIES_PER_PAGE = 65_536 / 32;
/** What all tables may have in any case: the functions of a large program, in half a megabyte. */
const LEAST_ENTRIES = 16_384;
/** What they may have at most: unlike memory they are in V8's heap, and these take 32 MiB of it. */
const MOST_ENTRIES = 1_048_576;

/** An entry of the section of tables. The offsets delimit it and its limits in the file. */
interface Table {
  readonly start: number;
  readonly limitsStart: number;
  readonly limits: Limits;
  readonly limitsEnd: number;
  readonly end: number;
}

export function readTable(reader: ByteReader): Table {
  const start = reader.at;
  const isInitialized = reader.peek() === HAS_INITIALIZER;
  if (isInitialized) reader.skip(2);
  skipKeptType(reader);
  const limitsStart = reader.at;
  const limits = readLimits(reader);
  const limitsEnd = reader.at;
  if (isInitialized) skipConstant(reader);
  return { start, limitsStart, limits, limitsEnd, end: reader.at };
}

/** The section of tables with maxima such that all of them together take no more than `maxPages` pages of memory do. */
export function limitTables(bytes: Uint8Array, { start, end }: Section, maxPages: number): Uint8Array {
  const reader = new ByteReader(bytes, start, end);
  const tables: Table[] = [];
  for (let left = reader.u32(); left > 0; left -= 1) tables.push(readTable(reader));
  const byPages = Math.max(Math.floor(maxPages) * ENTRIES_PER_PAGE, LEAST_ENTRIES);
  const allowed = BigInt(Math.min(byPages, MOST_ENTRIES));
  const { needed, maxima } = boundedMaxima(
    tables.map(({ limits }) => limits),
    allowed,
    NARROW_MAXIMUM,
  );
  if (needed > allowed) {
    throw new WasmError(`the tables of the module need ${needed} entries, and they may have ${allowed}`, start);
  }
  const out = new ByteWriter();
  out.unsigned(tables.length);
  for (const [index, table] of tables.entries()) {
    out.copy(bytes, table.start, table.limitsStart);
    writeLimits(out, table.limits, maxima[index] as bigint);
    out.copy(bytes, table.limitsEnd, table.end);
  }
  return out.view();
}
