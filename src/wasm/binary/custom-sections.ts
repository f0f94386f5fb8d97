import { WasmError } from '../wasm-error.ts';
import { ByteReader } from './byte-reader.ts';
import type { Section } from './sections.ts';

/** The start of the names of sections that hold offsets of code, which the pass moves. */
const WITH_OFFSETS = ['.debug_', 'sourceMappingURL', 'external_debug_info', 'reloc.', 'linking', 'metadata.code.'];

/** The parts of a name section whose names V8 puts into stacks and messages. */
const NAME_OF_MODULE = 0;
const NAMES_OF_FUNCTIONS = 1;
/** V8 writes a name into each of ten frames, whenever a guest fails. Compilers make none that is nearly as long. */
const MAX_NAME_BYTES = 4_096;

/** Whether a custom section means the same when instructions have moved, as names do, and costs nothing that matters. */
export function isKept(bytes: Uint8Array, { start, end }: Section): boolean {
  const reader = new ByteReader(bytes, start, end);
  const name = reader.name();
  if (name === 'name') return areNamesShort(reader);
  return !WITH_OFFSETS.some((prefix) => name.startsWith(prefix));
}

/**
 * Without its names a guest works as before, and its functions are known by their numbers. So the section is dropped if a
 * name is too long, and also if it cannot be read, because then V8 might find other names in it.
 */
function areNamesShort(section: ByteReader): boolean {
  try {
    while (!section.isAtEnd) {
      const id = section.byte();
      const part = section.part(section.u32());
      if (id === NAME_OF_MODULE) readNames(part, 1, false);
      else if (id === NAMES_OF_FUNCTIONS) readNames(part, part.u32(), true);
    }
    return true;
  } catch (error) {
    if (error instanceof WasmError) return false;
    throw error;
  }
}

/** @throws WasmError for a name that is too long, or a part that does not end with its last name. */
function readNames(part: ByteReader, count: number, areNumbered: boolean): void {
  for (let index = 0; index < count; index += 1) {
    if (areNumbered) part.u32();
    const length = part.u32();
    if (length > MAX_NAME_BYTES) throw new WasmError('a name is too long', part.at);
    part.skip(length);
  }
  if (!part.isAtEnd) throw new WasmError('a part of the names is longer than its names', part.at);
}
