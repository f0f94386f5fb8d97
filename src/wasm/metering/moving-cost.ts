import { ByteReader } from '../binary/byte-reader.ts';
import type { ModuleLayout } from '../binary/layout.ts';
import { OP } from '../binary/opcodes.ts';
import type { MovingCost } from './flow.ts';

/** 16 bytes of memory cost as much as one instruction. */
const MEMORY_SHIFT = 4;
/** So do 2 elements of a table. With a shift no count is below zero, however large. */
const ELEMENT_SHIFT = 1;

const NARROW_MEMORY: MovingCost = { isWide: false, shift: MEMORY_SHIFT };
const WIDE_MEMORY: MovingCost = { isWide: true, shift: MEMORY_SHIFT };
const NARROW_TABLE: MovingCost = { isWide: false, shift: ELEMENT_SHIFT };
const WIDE_TABLE: MovingCost = { isWide: true, shift: ELEMENT_SHIFT };

const BULK = { memoryInit: 8, memoryCopy: 10, memoryFill: 11, tableInit: 12, tableCopy: 14, tableFill: 17 } as const;

/**
 * What an instruction moves, if that takes long for large counts. `start` is where its immediates begin. The count is an
 * i64 if the memory or table has 64-bit addresses, and for a copy if both have.
 */
export function movingCost(
  prefix: number,
  opcode: number,
  bytes: Uint8Array,
  start: number,
  layout: ModuleLayout,
): MovingCost | null {
  if (prefix !== OP.bulk) return null;
  const reader = new ByteReader(bytes, start);
  const { wideMemories, wideTables } = layout;
  switch (opcode) {
    case BULK.memoryInit:
      return NARROW_MEMORY;
    case BULK.memoryFill:
      return wideMemories[reader.u32()] === true ? WIDE_MEMORY : NARROW_MEMORY;
    case BULK.memoryCopy:
      return areBoth(wideMemories, reader) ? WIDE_MEMORY : NARROW_MEMORY;
    case BULK.tableInit:
      return NARROW_TABLE;
    case BULK.tableFill:
      return wideTables[reader.u32()] === true ? WIDE_TABLE : NARROW_TABLE;
    case BULK.tableCopy:
      return areBoth(wideTables, reader) ? WIDE_TABLE : NARROW_TABLE;
    default:
      return null;
  }
}

function areBoth(wide: readonly boolean[], reader: ByteReader): boolean {
  const [to, from] = [reader.u32(), reader.u32()];
  return wide[to] === true && wide[from] === true;
}
