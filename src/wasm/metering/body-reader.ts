import type { ByteReader } from '../binary/byte-reader.ts';
import { SKIPS } from '../binary/immediates.ts';
import type { ModuleLayout } from '../binary/layout.ts';
import { GC_OP, IMMEDIATE, IMMEDIATES, OP } from '../binary/opcodes.ts';
import { skipPrefixed } from '../binary/prefixed.ts';
import { skipBlockType, skipHeapType } from '../binary/value-types.ts';
import { WasmError } from '../wasm-error.ts';
import {
  type Block,
  FLOW,
  type FlowEvent,
  type FlowKind,
  type FunctionFlow,
  type MovingCost,
  newBlock,
} from './flow.ts';
import { movingCost } from './moving-cost.ts';

/** The kinds of a clause of `try_table` that name a tag: `catch` and `catch_ref`. The others are 2 and 3. */
const CLAUSES_WITH_TAG = 1;
const LAST_CLAUSE = 3;

/** Branches to one label. */
const BRANCHES: Readonly<Record<number, FlowKind>> = {
  [OP.br]: FLOW.br,
  [OP.brIf]: FLOW.brIf,
  [OP.brOnNull]: FLOW.brIf,
  [OP.brOnNonNull]: FLOW.brIf,
};

/** Calls, and what leaves the function, with the number of indexes that follow. */
const JUMPS: Readonly<Record<number, { readonly kind: FlowKind; readonly indexes: number }>> = {
  [OP.unreachable]: { kind: FLOW.trap, indexes: 0 },
  [OP.return]: { kind: FLOW.exit, indexes: 0 },
  [OP.throw]: { kind: FLOW.exit, indexes: 1 },
  [OP.rethrow]: { kind: FLOW.exit, indexes: 1 },
  [OP.throwRef]: { kind: FLOW.exit, indexes: 0 },
  [OP.returnCall]: { kind: FLOW.exit, indexes: 1 },
  [OP.returnCallIndirect]: { kind: FLOW.exit, indexes: 2 },
  [OP.returnCallRef]: { kind: FLOW.exit, indexes: 1 },
  [OP.call]: { kind: FLOW.call, indexes: 1 },
  [OP.callIndirect]: { kind: FLOW.call, indexes: 2 },
  [OP.callRef]: { kind: FLOW.call, indexes: 1 },
};

const NOWHERE: readonly Block[] = [];

/** Reads the instructions of one function. */
export class BodyReader {
  readonly #reader: ByteReader;
  readonly #layout: ModuleLayout;
  /** How many locals the function has, with its parameters. */
  readonly #locals: number;
  readonly #events: FlowEvent[] = [];
  readonly #blocks: Block[] = [];
  /** The blocks around the next instruction, innermost last; none behind the function's last `end`. */
  readonly #open: Block[] = [];
  #straight = 0;
  #at = 0;

  constructor(reader: ByteReader, layout: ModuleLayout, locals: number) {
    this.#reader = reader;
    this.#layout = layout;
    this.#locals = locals;
    this.#open.push(this.#newBlock(FLOW.block));
  }

  read(): FunctionFlow {
    const reader = this.#reader;
    for (let block = this.#open.at(-1); block !== undefined; block = this.#open.at(-1)) {
      this.#at = reader.at;
      const opcode = reader.byte();
      const immediate = IMMEDIATES[opcode] as number;
      if (immediate === IMMEDIATE.flow) this.#flow(opcode, block);
      else if (immediate === IMMEDIATE.prefix) this.#prefixed(opcode, block);
      else {
        this.#skip(immediate, opcode);
        if (opcode !== OP.nop) this.#straight += 1;
      }
    }
    if (!reader.isAtEnd) throw new WasmError('a function goes on behind its end', reader.at);
    return { events: this.#events, blocks: this.#blocks };
  }

  #skip(immediate: number, opcode: number): void {
    const reader = this.#reader;
    if (immediate === IMMEDIATE.none) return;
    // An index beyond those of the function or the module would be that of a local or a global which the pass adds.
    if (immediate === IMMEDIATE.local) {
      if (reader.u32() >= this.#locals) throw new WasmError('a function uses a local that it does not have', this.#at);
    } else if (immediate === IMMEDIATE.global) {
      if (reader.u32() >= this.#layout.globals)
        throw new WasmError('a function uses a global that does not exist', this.#at);
    } else {
      const skip = SKIPS[immediate];
      if (skip === undefined) throw unknownInstruction(opcode, this.#at);
      skip(reader);
    }
  }

  #prefixed(prefix: number, block: Block): void {
    const reader = this.#reader;
    const opcode = reader.u32();
    if (prefix === OP.gc && (opcode === GC_OP.brOnCast || opcode === GC_OP.brOnCastFail)) {
      reader.skip(1);
      const target = this.#label();
      skipHeapType(reader);
      skipHeapType(reader);
      this.#add(FLOW.brIf, 1, block, [target]);
      return;
    }
    const start = reader.at;
    skipPrefixed(reader, prefix, opcode, this.#at);
    const moving = movingCost(prefix, opcode, reader.bytes, start, this.#layout);
    if (moving === null) this.#straight += 1;
    else this.#add(FLOW.bulk, 1, block, NOWHERE, moving);
  }

  #flow(opcode: number, block: Block): void {
    const branch = BRANCHES[opcode];
    const jump = JUMPS[opcode];
    if (branch !== undefined) {
      this.#add(branch, 1, block, [this.#label()]);
    } else if (jump !== undefined) {
      for (let left = jump.indexes; left > 0; left -= 1) this.#reader.u32();
      this.#add(jump.kind, 1, block);
    } else {
      this.#structure(opcode, block);
    }
  }

  #structure(opcode: number, block: Block): void {
    switch (opcode) {
      case OP.brTable:
        this.#add(FLOW.brTable, 1, block, this.#labels());
        break;
      case OP.else:
        this.#else(block);
        break;
      case OP.catch:
      case OP.catchAll:
        this.#catch(opcode, block);
        break;
      case OP.end:
      case OP.delegate:
        this.#end(opcode, block);
        break;
      default:
        this.#start(opcode);
    }
  }

  #start(opcode: number): void {
    skipBlockType(this.#reader);
    if (opcode === OP.tryTable) this.#clauses();
    const kind = kindOfBlock(opcode);
    const block = this.#newBlock(kind);
    this.#add(kind, opcode === OP.if ? 1 : 0, block);
    this.#open.push(block);
  }

  /** The labels of the clauses count from the block around the `try_table`. */
  #clauses(): void {
    for (let left = this.#reader.u32(); left > 0; left -= 1) {
      const clause = this.#reader.byte();
      if (clause > LAST_CLAUSE) throw new WasmError('a catch clause of an unknown kind', this.#at);
      if (clause <= CLAUSES_WITH_TAG) this.#reader.u32();
      this.#label().isCaught = true;
    }
  }

  #else(block: Block): void {
    if (block.kind !== FLOW.if || block.hasElse) throw new WasmError('an "else" without an "if"', this.#at);
    block.hasElse = true;
    this.#add(FLOW.else, 0, block);
  }

  #catch(opcode: number, block: Block): void {
    if (block.kind !== FLOW.try) throw new WasmError('a "catch" without a "try"', this.#at);
    if (opcode === OP.catch) this.#reader.u32();
    this.#add(FLOW.catch, 0, block);
  }

  #end(opcode: number, block: Block): void {
    if (opcode === OP.delegate) {
      if (block.kind !== FLOW.try) throw new WasmError('a "delegate" without a "try"', this.#at);
      this.#reader.u32();
    }
    this.#add(FLOW.end, 0, block);
    this.#open.pop();
  }

  #newBlock(kind: FlowKind): Block {
    const block = newBlock(kind, this.#open.at(-1) ?? null);
    this.#blocks.push(block);
    return block;
  }

  #label(): Block {
    const block = this.#open[this.#open.length - 1 - this.#reader.u32()];
    if (block === undefined) throw new WasmError('a branch to a label that does not exist', this.#at);
    return block;
  }

  #labels(): readonly Block[] {
    const targets = new Set<Block>();
    for (let left = this.#reader.u32(); left >= 0; left -= 1) targets.add(this.#label());
    return [...targets];
  }

  #add(kind: FlowKind, cost: number, block: Block, targets = NOWHERE, moving: MovingCost | null = null): void {
    this.#events.push({
      kind,
      start: this.#at,
      end: this.#reader.at,
      straight: this.#straight,
      cost,
      block,
      targets,
      moving,
      chosen: null,
      charge: 0,
      isLast: false,
    });
    this.#straight = 0;
  }
}

function kindOfBlock(opcode: number): FlowKind {
  if (opcode === OP.loop) return FLOW.loop;
  if (opcode === OP.if) return FLOW.if;
  return opcode === OP.try ? FLOW.try : FLOW.block;
}

function unknownInstruction(opcode: number, at: number): WasmError {
  const name = `instruction 0x${opcode.toString(16).padStart(2, '0')}`;
  if (opcode >= 0xe0 && opcode <= 0xe6) return new WasmError(`${name} (stack switching) is not supported`, at);
  return new WasmError(`${name} is unknown`, at);
}
