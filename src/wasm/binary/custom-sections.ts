import { ByteReader } from './byte-reader.ts';
import type { Section } from './sections.ts';

/** The start of the names of sections that hold offsets of code, which the pass moves. */
const WITH_OFFSETS = ['.debug_', 'sourceMappingURL', 'external_debug_info', 'reloc.', 'linking', 'metadata.code.'];

/** Whether a custom section means the same when instructions have moved: names of functions do. */
export function isKept(bytes: Uint8Array, { start, end }: Section): boolean {
  const name = new ByteReader(bytes, start, end).name();
  return !WITH_OFFSETS.some((prefix) => name.startsWith(prefix));
}
