import type { ByteReader } from './byte-reader.ts';
import { skipConstant } from './immediates.ts';
import { type Limits, readLimits } from './limits.ts';
import { skipValueType } from './value-types.ts';

/** Stands in front of the type of a table whose entries do not start as null; a zero follows. */
const HAS_INITIALIZER = 0x40;

/** Reads an entry of the section of tables. */
export function readTable(reader: ByteReader): Limits {
  const isInitialized = reader.peek() === HAS_INITIALIZER;
  if (isInitialized) reader.skip(2);
  skipValueType(reader);
  const limits = readLimits(reader);
  if (isInitialized) skipConstant(reader);
  return limits;
}
