/** A module as the interpreter needs it: read anew, and not with the reader that is tested. */
import { engine, type Memory } from './engine.ts';
import type { Value } from './metering.ts';
import { type FunctionType, I64 } from './module-builder.ts';

export type Code = readonly Instruction[];

export interface Instruction {
  readonly opcode: number;
  /** Of a local, a global, a function, a label. */
  readonly index: number;
  readonly labels: readonly number[];
  readonly align: number;
  readonly offset: number;
  /** Of a constant. */
  readonly value: Value;
  /** Of a block. */
  readonly type: FunctionType;
  readonly body: Code;
  readonly otherwise: Code;
  /** Of a try: what catches, in order. */
  readonly clauses: readonly Clause[];
}

export interface Clause {
  /** The tag that it catches; null for all. */
  readonly tag: number | null;
  /** Whether it pushes the exception itself. */
  readonly takesReference: boolean;
  /** Of a `try_table`: where it branches to, counted from outside. */
  readonly label: number;
  /** Of a `try`: its handler. */
  readonly handler: Code;
}

interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: FunctionType;
}

interface FunctionImage {
  readonly type: FunctionType;
  readonly locals: readonly Value[];
  readonly code: Code;
}

const NO_TYPE: FunctionType = { params: [], results: [] };

export class ModuleImage {
  readonly #types: FunctionType[] = [];
  readonly imports: ImportedFunction[] = [];
  readonly #functionTypes: number[] = [];
  readonly #functions: FunctionImage[] = [];
  readonly globals: Value[] = [];
  readonly exports = new Map<string, number>();
  readonly table: number[] = [];
  /** For each tag, how many values it carries. */
  readonly tags: number[] = [];
  readonly #data: { at: number; bytes: Uint8Array }[] = [];
  #pages: number | null = null;
  start: number | null = null;
  readonly #view: DataView;
  #at = 8;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    while (this.#at < bytes.length) {
      const id = this.#byte();
      const end = this.#u32() + this.#at;
      this.#section(id);
      this.#at = end;
    }
  }

  functionAt(index: number): FunctionImage {
    return this.#functions[index - this.imports.length] as FunctionImage;
  }

  newMemory(): Memory | null {
    if (this.#pages === null) return null;
    const memory = new engine.Memory({ initial: this.#pages, maximum: 1_000 });
    for (const { at, bytes } of this.#data) new Uint8Array(memory.buffer).set(bytes, at);
    return memory;
  }

  #section(id: number): void {
    if (id === 8) this.start = this.#u32();
    const read = {
      1: () => this.#types.push(this.#functionType()),
      2: () => this.#import(),
      3: () => this.#functionTypes.push(this.#u32()),
      5: () => this.#memory(),
      6: () => this.#global(),
      7: () => this.#export(),
      9: () => this.#element(),
      10: () => this.#function(),
      11: () => this.#segment(),
      13: () => this.#tag(),
    }[id];
    if (read === undefined) return;
    for (let left = this.#u32(); left > 0; left -= 1) read();
  }

  #functionType(): FunctionType {
    this.#byte();
    return { params: this.#bytes(), results: this.#bytes() };
  }

  #import(): void {
    const [module, name] = [this.#text(), this.#text()];
    if (this.#byte() !== 0) throw new Error('the interpreter knows imports of functions only');
    this.imports.push({ module, name, type: this.#types[this.#u32()] ?? NO_TYPE });
  }

  #memory(): void {
    const flags = this.#byte();
    this.#pages = this.#u32();
    if (flags === 1) this.#u32();
  }

  #global(): void {
    this.#at += 2;
    this.globals.push(this.#constant());
  }

  #tag(): void {
    this.#byte();
    this.tags.push((this.#types[this.#u32()] as FunctionType).params.length);
  }

  #export(): void {
    const name = this.#text();
    const kind = this.#byte();
    const index = this.#u32();
    if (kind === 0) this.exports.set(name, index);
  }

  #element(): void {
    if (this.#u32() !== 0) throw new Error('the interpreter knows active segments only');
    const at = Number(this.#constant());
    for (const [index, target] of this.#list().entries()) this.table[at + index] = target;
  }

  #segment(): void {
    if (this.#u32() !== 0) throw new Error('the interpreter knows active segments only');
    const at = Number(this.#constant());
    this.#data.push({ at, bytes: Uint8Array.from(this.#bytes()) });
  }

  #constant(): Value {
    const [instruction] = this.#code();
    return instruction?.opcode === 0x23
      ? (this.globals[instruction.index] as Value)
      : (instruction as Instruction).value;
  }

  #function(): void {
    this.#u32();
    const type = this.#types[this.#functionTypes[this.#functions.length] as number] as FunctionType;
    const locals: Value[] = [];
    for (let left = this.#u32(); left > 0; left -= 1) {
      const count = this.#u32();
      const zero = this.#byte() === I64 ? 0n : 0;
      for (let index = 0; index < count; index += 1) locals.push(zero);
    }
    this.#functions.push({ type, locals, code: this.#code() });
  }

  /** Reads up to what ends or divides a block, with it. */
  #code(): Code {
    const code: Instruction[] = [];
    for (;;) {
      const instruction = this.#instruction();
      code.push(instruction);
      if (CLOSES.has(instruction.opcode)) return code;
    }
  }

  #instruction(): Instruction {
    const opcode = this.#byte();
    const draft = {
      opcode,
      index: 0,
      labels: [] as readonly number[],
      align: 0,
      offset: 0,
      value: 0 as Value,
      type: NO_TYPE,
      body: [] as Code,
      otherwise: [] as Code,
      clauses: [] as readonly Clause[],
    };
    if (OPENS.has(opcode)) {
      draft.type = this.#blockType();
      if (opcode === 0x1f) draft.clauses = Array.from({ length: this.#u32() }, () => this.#clause());
      draft.body = this.#code();
      if (opcode === 0x06) draft.clauses = this.#handlers(draft.body);
      if (opcode === 0x04 && draft.body.at(-1)?.opcode === 0x05) draft.otherwise = this.#code();
    } else if (opcode === 0x0e) {
      draft.labels = [...this.#list(), this.#u32()];
    } else if (opcode >= 0x28 && opcode <= 0x3e) {
      draft.align = this.#u32();
      draft.offset = this.#u32();
    } else if (opcode >= 0x41 && opcode <= 0x44) {
      draft.value = this.#literal(opcode);
    } else {
      draft.index = this.#index(opcode);
    }
    return draft;
  }

  /** A clause of `try_table`. */
  #clause(): Clause {
    const kind = this.#byte();
    const tag = kind < 2 ? this.#u32() : null;
    return { tag, takesReference: kind % 2 === 1, label: this.#u32(), handler: [] };
  }

  /** What follows the body of a `try`. */
  #handlers(body: Code): readonly Clause[] {
    const clauses: Clause[] = [];
    for (let last = body.at(-1); last?.opcode === 0x07 || last?.opcode === 0x19; ) {
      const handler = this.#code();
      clauses.push({ tag: last.opcode === 0x07 ? last.index : null, takesReference: false, label: 0, handler });
      last = handler.at(-1);
    }
    return clauses;
  }

  #index(opcode: number): number {
    if (opcode === BULK) {
      const operation = this.#u32();
      for (let left = BULK_INDEXES[operation - 8] ?? 0; left > 0; left -= 1) this.#u32();
    }
    if (!HAS_INDEX.has(opcode)) return 0;
    const index = this.#u32();
    // The table follows the type.
    if (opcode === 0x11) this.#u32();
    return index;
  }

  #literal(opcode: number): Value {
    if (opcode === 0x41) return Number(BigInt.asIntN(32, this.#signed()));
    if (opcode === 0x42) return BigInt.asIntN(64, this.#signed());
    const isDouble = opcode === 0x44;
    const value = isDouble ? this.#view.getFloat64(this.#at, true) : this.#view.getFloat32(this.#at, true);
    this.#at += isDouble ? 8 : 4;
    return value;
  }

  #blockType(): FunctionType {
    const code = Number(this.#signed());
    if (code >= 0) return this.#types[code] as FunctionType;
    const type = code + 0x80;
    return type === 0x40 ? NO_TYPE : { params: [], results: [type] };
  }

  #byte(): number {
    this.#at += 1;
    return this.#view.getUint8(this.#at - 1);
  }

  #u32(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte % 0x80) * scale;
      if (byte < 0x80) return value;
    }
  }

  #signed(): bigint {
    let value = 0n;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#byte();
      value |= BigInt(byte % 0x80) << BigInt(shift);
      if (byte < 0x80) return BigInt.asIntN(shift + 7, value);
    }
  }

  #list(): readonly number[] {
    return Array.from({ length: this.#u32() }, () => this.#u32());
  }

  #bytes(): readonly number[] {
    return Array.from({ length: this.#u32() }, () => this.#byte());
  }

  #text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes()));
  }
}

const BULK = 0xfc;
/** How many indexes follow each bulk operation, from memory.init on. The interpreter does not execute them. */
const BULK_INDEXES = [2, 1, 2, 1, 2, 1, 2, 1, 1, 1];

/** block, loop, if, try, try_table */
const OPENS = new Set([0x02, 0x03, 0x04, 0x06, 0x1f]);
/** else, catch, end, delegate, catch_all */
const CLOSES = new Set([0x05, 0x07, 0x0b, 0x18, 0x19]);

/** catch, throw, rethrow, br, br_if, call, call_indirect, delegate, variables, memory.size and grow. */
const HAS_INDEX = new Set([0x07, 0x08, 0x09, 0x0c, 0x0d, 0x10, 0x11, 0x18, 0x20, 0x21, 0x22, 0x23, 0x24, 0x3f, 0x40]);
