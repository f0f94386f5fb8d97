/** Valid modules from a seed: arithmetic, blocks, loops that end, branches of all kinds, calls, memory. */
import {
  buildModule,
  END,
  F64,
  FUNCREF,
  type FunctionParts,
  I32,
  I64,
  i32Const,
  i64Const,
  unsigned,
  vector,
} from './module-builder.ts';
import { signatureOf } from './single-instruction.ts';

const FUNCTIONS = 5;
const TYPES = [I32, I64, F64];
/** The index of the local that bounds the turns of all loops of a function. */
const TURNS = 3;
const MAX_TURNS = 12;
const EMPTY = 0x40;

/** Instructions that compute and cannot trap, by their result. NaN has one form only if nothing looks at its bits. */
const PURE: ReadonlyMap<number, readonly number[]> = new Map(
  TYPES.map((type) => [type, range(0x45, 0xc4).filter((opcode) => isSafe(opcode) && signatureOf(opcode)[1] === type)]),
);

/** Random numbers from a seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  isOneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/** How a module catches what its functions throw: by `try_table`, by `try`, or not at all, as nothing throws. */
export type Exceptions = 'table' | 'legacy' | null;

/** All functions take an i32, an i64 and an f64 and return an i32. Each calls only those before it. */
export function randomModule(seed: number, exceptions: Exceptions = null): Uint8Array<ArrayBuffer> {
  const random = new Random(seed);
  const functions = Array.from({ length: FUNCTIONS }, (_, index) =>
    new RandomFunction(random, index, exceptions).build(),
  );
  return buildModule({
    types: [
      { params: [I32, I64, F64], results: [I32] },
      { params: [], results: [] },
    ],
    tags: exceptions === null ? [] : [1, 1],
    functions,
    tables: [[FUNCREF, 0, FUNCTIONS]],
    memories: [[0, 1]],
    globals: [[I32, 1, ...i32Const(7), END]],
    exports: Object.fromEntries(functions.map((_, index) => [`f${index}`, index])),
    elements: [[0, ...i32Const(0), END, ...vector(functions.map((_, index) => unsigned(index)))]],
  });
}

class RandomFunction {
  readonly #random: Random;
  readonly #index: number;
  /** For each label around, innermost last: the type of the value that a branch brings, or null. */
  readonly #labels: (number | null)[] = [I32];
  readonly #exceptions: Exceptions;
  #size = 0;

  constructor(random: Random, index: number, exceptions: Exceptions) {
    this.#random = random;
    this.#index = index;
    this.#exceptions = exceptions;
  }

  build(): FunctionParts {
    const code = [...i32Const(MAX_TURNS), 0x21, TURNS, ...this.#statements(5), ...this.#value(I32, 3), END];
    return { type: 0, locals: [I32, I32, I64, F64], code };
  }

  #statements(depth: number): number[] {
    return Array.from({ length: 1 + this.#random.below(4) }, () => this.#statement(depth)).flat();
  }

  #statement(depth: number): number[] {
    this.#size += 1;
    const random = this.#random;
    if (depth === 0 || this.#size > 120) return this.#set();
    if (this.#exceptions !== null && random.isOneIn(4)) {
      return random.isOneIn(3) ? this.#throw() : this.#try(depth, this.#exceptions);
    }
    switch (random.below(9)) {
      case 0:
        return [0x02, EMPTY, ...this.#inside(null, () => this.#statements(depth - 1)), END];
      case 1:
        return this.#loop(depth);
      case 2:
        return [...this.#value(I32, 2), 0x04, EMPTY, ...this.#inside(null, () => this.#arms(depth)), END];
      case 3:
        return this.#branch(depth);
      case 4:
        return [...this.#address(), ...this.#value(I32, 2), 0x36, 2, 0];
      case 5:
        return random.isOneIn(2) ? [0x01] : [...this.#value(I32, 2), 0x24, 0];
      default:
        return this.#set();
    }
  }

  #throw(): number[] {
    return [...this.#value(I32, 2), 0x04, EMPTY, 0x08, this.#random.below(2), END];
  }

  #try(depth: number, exceptions: Exceptions): number[] {
    const random = this.#random;
    const body = (): number[] => this.#inside(null, () => this.#statements(depth - 1));
    const clause = random.isOneIn(2) ? [0] : null;
    if (exceptions === 'table') {
      const caught = clause === null ? [2, 0] : [0, ...clause, 0];
      const inner = this.#inside(null, () => [0x1f, EMPTY, 1, ...caught, ...body(), END]);
      // Behind the end of the body there is something, nothing, or what does not go on.
      return [0x02, EMPTY, ...inner, ...random.pick([[], [0x0c, 0], [0x01]]), END];
    }
    if (random.isOneIn(3)) {
      return [0x06, EMPTY, 0x06, EMPTY, ...this.#inside(null, body), 0x18, 0, 0x19, ...body(), END];
    }
    const inner = [0x06, EMPTY, ...body()];
    const rethrown = random.isOneIn(3) ? [0x09, 0] : [];
    return [...inner, ...(clause === null ? [0x19] : [0x07, ...clause]), ...body(), ...rethrown, END];
  }

  #arms(depth: number): number[] {
    const first = this.#statements(depth - 1);
    return this.#random.isOneIn(2) ? first : [...first, 0x05, ...this.#statements(depth - 1)];
  }

  /** The turns of all loops together are few, so every loop ends. Some check at the start, some at the end. */
  #loop(depth: number): number[] {
    const count = [0x20, TURNS, ...i32Const(1), 0x6b, 0x22, TURNS];
    const positive = [...i32Const(0), 0x4a];
    if (this.#random.isOneIn(2)) {
      return [
        0x03,
        EMPTY,
        ...this.#inside(null, () => this.#statements(depth - 1)),
        ...count,
        ...positive,
        0x0d,
        0,
        END,
      ];
    }
    const body = this.#inside(null, () => this.#inside(null, () => this.#statements(depth - 1)));
    return [0x02, EMPTY, 0x03, EMPTY, ...count, ...positive, 0x45, 0x0d, 1, ...body, 0x0c, 0, END, END];
  }

  /** Branches forward only: backward ones would need a bound. */
  #branch(depth: number): number[] {
    const random = this.#random;
    const value = this.#value(I32, 1);
    switch (random.below(5)) {
      case 0:
        return [...value, 0x04, EMPTY, ...this.#value(I32, 1), 0x0f, END];
      case 1:
        return [0x02, EMPTY, ...value, 0x0d, 0, ...this.#inside(null, () => this.#statements(depth - 1)), END];
      case 2:
        return [0x02, EMPTY, 0x02, EMPTY, ...value, 0x0e, ...vector([[0], [1]]), 0, END, ...this.#set(), END];
      case 3: {
        // A block with a result, and a branch that brings it.
        const inside = this.#inside(I32, () => [
          ...this.#value(I32, 1),
          ...this.#value(I32, 1),
          0x0d,
          0,
          0x1a,
          ...value,
        ]);
        return [0x02, I32, ...inside, END, 0x21, 4];
      }
      default:
        return [...this.#value(I32, 2), ...value, 0x0d, ...unsigned(this.#labels.length - 1), 0x1a];
    }
  }

  #set(): number[] {
    const type = this.#random.pick(TYPES);
    const store = this.#random.isOneIn(3) ? [0x22, ...this.#local(type), 0x1a] : [0x21, ...this.#local(type)];
    return [...this.#value(type, 3), ...store];
  }

  #inside(label: number | null, build: () => number[]): number[] {
    this.#labels.push(label);
    const code = build();
    this.#labels.pop();
    return code;
  }

  #local(type: number): number[] {
    if (type === I32) return [this.#random.isOneIn(2) ? 0 : 4];
    if (type === I64) return [this.#random.isOneIn(2) ? 1 : 5];
    return [this.#random.isOneIn(2) ? 2 : 6];
  }

  /** An address within the first page. */
  #address(): number[] {
    return [...this.#value(I32, 1), ...i32Const(0xfffc), 0x71];
  }

  #value(type: number, depth: number): number[] {
    const random = this.#random;
    if (depth === 0) return random.isOneIn(2) ? [0x20, ...this.#local(type)] : this.#constant(type);
    if (type === I32 && random.isOneIn(5)) return this.#special(depth);
    const opcode = random.pick(PURE.get(type) as readonly number[]);
    return [...signatureOf(opcode)[0].flatMap((one) => this.#value(one, depth - 1)), opcode];
  }

  #special(depth: number): number[] {
    const random = this.#random;
    const arm = (): number[] => this.#value(I32, depth - 1);
    switch (random.below(4)) {
      case 0:
        return [...this.#address(), 0x28, 2, 0];
      case 1:
        return [...arm(), 0x04, I32, ...this.#inside(I32, arm), 0x05, ...this.#inside(I32, arm), END];
      case 2:
        return [...arm(), ...arm(), ...arm(), 0x1b];
      default:
        return this.#call(depth);
    }
  }

  #call(depth: number): number[] {
    if (this.#index === 0) return [0x23, 0];
    const args = TYPES.flatMap((type) => this.#value(type, depth - 1));
    const callee = this.#random.below(this.#index);
    return this.#random.isOneIn(2) ? [...args, 0x10, callee] : [...args, ...i32Const(callee), 0x11, 0, 0];
  }

  #constant(type: number): number[] {
    const value = this.#random.below(2_000) - 1_000;
    if (type === I32) return i32Const(value);
    if (type === I64) return i64Const(value);
    return [0x44, ...new Uint8Array(Float64Array.of(value / 8).buffer)];
  }
}

function isSafe(opcode: number): boolean {
  const [params, result] = signatureOf(opcode);
  if (![...params, result].every((type) => TYPES.includes(type))) return false;
  // Divisions and conversions to integers can trap, and the bits of NaN differ between engines.
  const canTrap = (opcode >= 0x6d && opcode <= 0x70) || (opcode >= 0x7f && opcode <= 0x82);
  return !canTrap && ![0xaa, 0xab, 0xb0, 0xb1, 0xbd, 0xbf].includes(opcode);
}

function range(from: number, to: number): readonly number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
