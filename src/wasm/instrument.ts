import { ByteReader } from './binary/byte-reader.ts';
import { ByteWriter } from './binary/byte-writer.ts';
import { isKept } from './binary/custom-sections.ts';
import { type ModuleLayout, readLayout } from './binary/layout.ts';
import { limitMemories } from './binary/memories.ts';
import { OP } from './binary/opcodes.ts';
import { HEADER, placeOf, readSections, SECTION, type Section } from './binary/sections.ts';
import { limitTables } from './binary/tables.ts';
import { meterCode } from './metering/code-section.ts';

export interface InstrumentOptions {
  /** Whether executed instructions are charged. */
  readonly isMetered: boolean;
  /**
   * The most pages that the module's own memories may have: their declared maximum is lowered to it. Its tables may take
   * as much again, within 16,384 and 1,048,576 entries in all.
   */
  readonly maxMemoryPages: number;
  /** What the start function may use, in instructions: it runs before the host can set the fuel. */
  readonly startFuel?: number;
}

export interface InstrumentedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The name under which the module exports its fuel, a mutable i64 global; null if it is not metered. */
  readonly fuelExport: string | null;
}

/** About a tenth of a second. */
const DEFAULT_START_FUEL = 100_000_000;

const FUEL_EXPORT = 'escapement_fuel';
const GLOBAL_KIND = 3;
const MUTABLE_I64 = Uint8Array.of(0x7e, 0x01);

/**
 * Bounds what a module may use. Each instruction that it executes costs 1, and nothing if it only marks structure
 * (`block`, `loop`, `try`, `else`, `end`, `nop`). Who moves bytes in bulk pays 1 more for each 16 bytes, or 2 elements of
 * a table. The host sets the exported global before a call. The call traps by `unreachable`, with the global
 * below zero, when it would use more; else what is left is there when it returns. A call that traps or throws may have
 * paid for instructions that it did not reach.
 *
 * @throws WasmError for what is not a module, or uses what is not supported.
 */
export function instrument(bytes: Uint8Array, options: InstrumentOptions): InstrumentedModule {
  const sections = readSections(bytes);
  const layout = readLayout(bytes, sections);
  const fuelExport = options.isMetered ? unusedName(layout.exports) : null;
  const writer = new ModuleWriter(bytes, layout, options, fuelExport);
  for (const section of sections) writer.section(section);
  return { bytes: writer.finish(), fuelExport };
}

class ModuleWriter {
  readonly #bytes: Uint8Array;
  readonly #layout: ModuleLayout;
  readonly #options: InstrumentOptions;
  readonly #fuelExport: string | null;
  readonly #out = new ByteWriter();
  /** The sections that the fuel needs and that are not written yet. */
  readonly #missing: number[];

  constructor(bytes: Uint8Array, layout: ModuleLayout, options: InstrumentOptions, fuelExport: string | null) {
    this.#bytes = bytes;
    this.#layout = layout;
    this.#options = options;
    this.#fuelExport = fuelExport;
    this.#missing = fuelExport === null ? [] : [SECTION.global, SECTION.export];
    this.#out.copy(Uint8Array.from(HEADER));
  }

  section(section: Section): void {
    const { id, start, end } = section;
    if (id === SECTION.custom) {
      if (isKept(this.#bytes, section)) this.#write(id, this.#bytes.subarray(start, end));
      return;
    }
    this.#addMissing(placeOf(id));
    if (this.#missing[0] === id) {
      this.#missing.shift();
      this.#write(id, this.#withFuel(id, section));
    } else {
      this.#write(id, this.#rewritten(section));
    }
  }

  finish(): Uint8Array<ArrayBuffer> {
    this.#addMissing(Number.POSITIVE_INFINITY);
    return this.#out.view().slice();
  }

  /** Adds the sections that have to stand before a place. */
  #addMissing(place: number): void {
    for (let id = this.#missing[0]; id !== undefined && placeOf(id) < place; id = this.#missing[0]) {
      this.#missing.shift();
      this.#write(id, this.#withFuel(id, null));
    }
  }

  #rewritten(section: Section): Uint8Array {
    const { id, start, end } = section;
    if (id === SECTION.memory) return limitMemories(this.#bytes, section, this.#options.maxMemoryPages);
    if (id === SECTION.table) return limitTables(this.#bytes, section, this.#options.maxMemoryPages);
    if (id === SECTION.code && this.#options.isMetered) return meterCode(this.#bytes, section, this.#layout);
    return this.#bytes.subarray(start, end);
  }

  /** The section of globals or of exports with one more entry at its end. */
  #withFuel(id: number, section: Section | null): Uint8Array {
    const out = new ByteWriter();
    const reader = section === null ? null : new ByteReader(this.#bytes, section.start, section.end);
    out.unsigned((reader?.u32() ?? 0) + 1);
    if (reader !== null) out.copy(this.#bytes, reader.at, reader.end);
    if (id === SECTION.export) this.#addExport(out);
    else this.#addGlobal(out);
    return out.view();
  }

  #addGlobal(out: ByteWriter): void {
    out.copy(MUTABLE_I64);
    out.byte(OP.i64Const);
    out.signed(this.#options.startFuel ?? DEFAULT_START_FUEL);
    out.byte(OP.end);
  }

  #addExport(out: ByteWriter): void {
    out.sized(new TextEncoder().encode(this.#fuelExport ?? ''));
    out.byte(GLOBAL_KIND);
    out.unsigned(this.#layout.globals);
  }

  #write(id: number, content: Uint8Array): void {
    this.#out.byte(id);
    this.#out.sized(content);
  }
}

/** A name that the module does not export itself. */
function unusedName(taken: ReadonlySet<string>): string {
  let name = FUEL_EXPORT;
  for (let turn = 1; taken.has(name); turn += 1) name = `${FUEL_EXPORT}_${turn}`;
  return name;
}
