/**
 * Counts the instructions that a module executes, one by one, to compare with what the pass charges. It knows numbers,
 * control, calls, tables, globals and memory of the first version of WebAssembly, and exceptions of both proposals. What a number instruction computes it
 * asks of the engine, by a module with nothing but this instruction.
 */
import { engine, type Imports, type Memory } from './engine.ts';
import type { Value } from './metering.ts';
import { type Clause, type Code, type Instruction, ModuleImage } from './module-image.ts';
import { accessMemory, computeNumber, isNumeric } from './single-instruction.ts';

const FREE = new Set([0x01, 0x02, 0x03, 0x05, 0x06, 0x07, 0x0b, 0x18, 0x19, 0x1f]);

/** How the instructions of a block ended: by themselves, by a branch over so many blocks, or by a return. */
type Ending = number;
const NEXT: Ending = -1;
const RETURN: Ending = Number.MAX_SAFE_INTEGER;

/** An exception on its way. */
class Thrown extends Error {
  readonly tag: number;
  readonly values: readonly Value[];
  /** How many blocks do not get it, because a `delegate` gave it to one further out. */
  skips = 0;

  constructor(tag: number, values: readonly Value[]) {
    super('uncaught');
    this.tag = tag;
    this.values = values;
  }
}

export class Interpreter {
  /** Instructions executed so far, without those that only mark structure. */
  count = 0;
  /** How often an exception was caught, or left a function. */
  exceptions = 0;
  readonly #image: ModuleImage;
  readonly #imports: Imports;
  #stack: Value[] = [];
  readonly #globals: Value[];
  readonly #memory: Memory | null;
  /** The exceptions whose handlers run, innermost last. */
  readonly #caught: Thrown[] = [];

  constructor(bytes: Uint8Array, imports: Imports = {}) {
    this.#image = new ModuleImage(bytes);
    this.#imports = imports;
    this.#globals = this.#image.globals.map((value) => value);
    this.#memory = this.#image.newMemory();
    if (this.#image.start !== null) this.#call(this.#image.start);
  }

  call(name: string, args: readonly Value[] = []): readonly Value[] {
    this.count = 0;
    this.exceptions = 0;
    this.#stack = [...args];
    this.#caught.length = 0;
    this.#call(this.#image.exports.get(name) ?? -1);
    return this.#stack;
  }

  #call(index: number): void {
    const imported = this.#image.imports[index];
    if (imported !== undefined) {
      const { module, name, type } = imported;
      const args = this.#take(type.params.length);
      const call = this.#imports[module]?.[name] as (...values: readonly Value[]) => Value | undefined;
      const answer = call(...args);
      if (answer !== undefined) this.#stack.push(answer);
      return;
    }
    const { type, code, locals } = this.#image.functionAt(index);
    const values = [...this.#take(type.params.length), ...locals];
    const height = this.#stack.length;
    try {
      this.#run(code, values);
    } catch (error) {
      if (error instanceof Thrown) error.skips = 0;
      this.exceptions += 1;
      throw error;
    }
    this.#keep(height, type.results.length);
  }

  #run(code: Code, locals: Value[]): Ending {
    for (const instruction of code) {
      if (!FREE.has(instruction.opcode)) this.count += 1;
      const ending = this.#step(instruction, locals);
      if (ending !== NEXT) return ending;
    }
    return NEXT;
  }

  #step(instruction: Instruction, locals: Value[]): Ending {
    const { opcode, index } = instruction;
    if (opcode <= 0x11 || opcode === 0x1f) return this.#control(instruction, locals);
    const stack = this.#stack;
    if (isNumeric(opcode)) computeNumber(opcode, stack);
    else if (opcode >= 0x28 && opcode <= 0x3e) accessMemory(instruction, stack, this.#memory as Memory);
    else if (opcode >= 0x41 && opcode <= 0x44) stack.push(instruction.value);
    else this.#variable(opcode, index, locals);
    return NEXT;
  }

  #variable(opcode: number, index: number, locals: Value[]): void {
    const stack = this.#stack;
    switch (opcode) {
      case 0x1a:
        this.#pop();
        break;
      case 0x1b: {
        const [first, second, condition] = this.#take(3);
        stack.push((condition === 0 ? second : first) as Value);
        break;
      }
      case 0x20:
        stack.push(locals[index] as Value);
        break;
      case 0x21:
        locals[index] = this.#pop();
        break;
      case 0x22:
        locals[index] = stack.at(-1) as Value;
        break;
      case 0x23:
        stack.push(this.#globals[index] as Value);
        break;
      case 0x24:
        this.#globals[index] = this.#pop();
        break;
      case 0x3f:
        stack.push((this.#memory?.buffer.byteLength ?? 0) / 65_536);
        break;
      case 0x40:
        stack.push(this.#grow(Number(this.#pop())));
        break;
      case 0x18:
      case 0x19:
        // A delegate or a handler of a body that has ended.
        break;
      default:
        throw new Error(`the interpreter does not know instruction 0x${opcode.toString(16)}`);
    }
  }

  #control(instruction: Instruction, locals: Value[]): Ending {
    const { opcode, index } = instruction;
    switch (opcode) {
      case 0x00:
        throw new engine.RuntimeError('unreachable');
      case 0x02:
      case 0x03:
      case 0x06:
      case 0x1f:
        return this.#block(instruction, instruction.body, locals);
      case 0x04:
        return this.#block(instruction, this.#pop() === 0 ? instruction.otherwise : instruction.body, locals);
      case 0x08:
        throw new Thrown(index, this.#take(this.#image.tags[index] as number));
      case 0x09:
        if (index !== 0) throw new Error('the interpreter throws again only what the block around has caught');
        throw this.#caught.at(-1);
      case 0x0a:
        throw this.#pop();
      case 0x0c:
        return index;
      case 0x0d:
        return this.#pop() === 0 ? NEXT : index;
      case 0x0e: {
        const choice = Number(this.#pop()) >>> 0;
        return instruction.labels[Math.min(choice, instruction.labels.length - 1)] as number;
      }
      case 0x0f:
        return RETURN;
      case 0x10:
        this.#call(index);
        return NEXT;
      case 0x11:
        this.#call(this.#image.table[Number(this.#pop()) >>> 0] as number);
        return NEXT;
      default:
        return NEXT;
    }
  }

  #block(instruction: Instruction, body: Code, locals: Value[]): Ending {
    const { opcode, type } = instruction;
    const height = this.#stack.length - type.params.length;
    for (;;) {
      const ending = this.#guarded(instruction, body, locals, height);
      if (ending === NEXT) return NEXT;
      if (ending === RETURN) return RETURN;
      if (ending > 0) return ending - 1;
      this.#keep(height, opcode === 0x03 ? type.params.length : type.results.length);
      if (opcode !== 0x03) return NEXT;
    }
  }

  /** Runs the body of a block, and what the block has for an exception. */
  #guarded(instruction: Instruction, body: Code, locals: Value[], height: number): Ending {
    const handlers = this.#caught.length;
    try {
      return this.#run(body, locals);
    } catch (error) {
      this.#caught.length = handlers;
      this.#stack.length = height;
      const clause = clauseFor(error, instruction);
      if (clause === undefined) throw error;
      this.exceptions += 1;
      return this.#catch(error as Thrown, clause, instruction.opcode, locals);
    }
  }

  #catch(thrown: Thrown, { tag, takesReference, label, handler }: Clause, opcode: number, locals: Value[]): Ending {
    if (tag !== null) this.#stack.push(...thrown.values);
    if (takesReference) this.#stack.push(thrown as unknown as Value);
    // The label of a clause counts from outside of its block.
    if (opcode === 0x1f) return label + 1;
    const handlers = this.#caught.push(thrown) - 1;
    const ending = this.#run(handler, locals);
    this.#caught.length = handlers;
    return ending;
  }

  #grow(pages: number): number {
    try {
      return this.#memory?.grow(pages >>> 0) ?? -1;
    } catch {
      return -1;
    }
  }

  /** Leaves only the last values above a height. */
  #keep(height: number, count: number): void {
    const kept = this.#take(count);
    this.#stack.length = height;
    this.#stack.push(...kept);
  }

  #take(count: number): Value[] {
    return count === 0 ? [] : this.#stack.splice(-count);
  }

  #pop(): Value {
    return this.#stack.pop() as Value;
  }
}

/** What catches an exception that arrives at a block, if something does. */
function clauseFor(error: unknown, { opcode, body, clauses }: Instruction): Clause | undefined {
  if (!(error instanceof Thrown)) return undefined;
  if (error.skips > 0) {
    error.skips -= 1;
    return undefined;
  }
  const last = body.at(-1);
  if (opcode === 0x06 && last?.opcode === 0x18) error.skips = last.index;
  return clauses.find(({ tag }) => tag === null || tag === error.tag);
}
