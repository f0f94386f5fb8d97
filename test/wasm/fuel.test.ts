import { describe, expect, test } from 'vitest';
import { engine, hasWideTables } from '../support/wasm/engine.ts';
import { Interpreter } from '../support/wasm/interpreter.ts';
import { MeteredModule } from '../support/wasm/metering.ts';
import {
  buildModule,
  EMPTY,
  END,
  FUNCREF,
  type FunctionParts,
  I32,
  I64,
  i32Const,
  importOf,
  vector,
} from '../support/wasm/module-builder.ts';

/** Types: 0 is [] → [], 1 [i32] → [i32], 2 [i64] → []. Functions follow the import `env.poke` of type 0, index 0. */
function moduleOf(functions: readonly FunctionParts[], start?: number): Uint8Array<ArrayBuffer> {
  return buildModule({
    types: [
      { params: [], results: [] },
      { params: [I32], results: [I32] },
      { params: [I64], results: [] },
    ],
    imports: [importOf('env', 'poke', [0, 0])],
    functions,
    tables: [[FUNCREF, 0, 64]],
    memories: [[0, 1]],
    tags: [0],
    exports: Object.fromEntries(functions.map((_, index) => [`f${index}`, index + 1])),
    elements: [[0, ...i32Const(0), END, ...vector(functions.map((_, index) => [index + 1]))]],
    ...(start === undefined ? {} : { start }),
  });
}

const imports = { env: { poke: () => {} } };
const metered = (functions: readonly FunctionParts[]): MeteredModule => new MeteredModule(moduleOf(functions), imports);
const one = (...code: readonly number[]): MeteredModule => metered([{ type: 0, locals: [I32], code }]);

describe('fuel', () => {
  test('every instruction costs 1, and structure costs nothing', () => {
    const module = one(0x01, 0x02, EMPTY, 0x20, 0, 0x1a, 0x03, EMPTY, END, END, 0x01, END);
    expect(module.call('f0').used).toBe(2n);
  });

  test('each arm of a condition pays for itself', () => {
    const code = [0x20, 0, 0x04, I32, ...i32Const(1), 0x05, ...i32Const(2), ...i32Const(3), 0x6a, 0x10, 0, END, END];
    const module = metered([{ type: 1, code }]);
    expect(module.call('f0', [1]).used).toBe(3n);
    expect(module.call('f0', [0]).used).toBe(6n);
  });

  test('a call that uses all of its fuel succeeds, and one instruction more ends it', () => {
    const module = one(...i32Const(1), 0x1a, 0x10, 0, END);
    expect(module.call('f0', [], 3n)).toMatchObject({ error: null, used: 3n, isExhausted: false });
    expect(module.fuel).toBe(0n);
    const outcome = module.call('f0', [], 2n);
    expect(outcome).toMatchObject({ used: 2n, isExhausted: true });
    expect(outcome.error).toBe('RuntimeError: unreachable');
  });

  test.each<[string, readonly FunctionParts[]]>([
    ['an endless loop', [{ type: 0, code: [0x03, EMPTY, 0x0c, 0, END, END] }]],
    ['an endless loop with a call', [{ type: 0, code: [0x03, EMPTY, 0x10, 0, 0x0c, 0, END, END] }]],
    ['an endless loop behind a condition', [{ type: 0, code: [0x03, EMPTY, ...i32Const(1), 0x0d, 0, END, END] }]],
    ['an endless loop of a table', [{ type: 0, code: [0x03, EMPTY, ...i32Const(5), 0x0e, 1, 0, 0, END, END] }]],
    [
      'an endless loop around a trap that is never reached',
      [{ type: 0, code: [0x03, EMPTY, ...i32Const(0), 0x04, EMPTY, 0x00, END, 0x0c, 0, END, END] }],
    ],
    ['a tail call of itself', [{ type: 0, code: [0x12, 1, END] }]],
    ['a tail call through the table', [{ type: 0, code: [...i32Const(0), 0x13, 0, 0, END] }]],
    [
      'a loop that throws and catches',
      [{ type: 0, code: [0x03, EMPTY, 0x06, EMPTY, 0x08, 0, 0x19, 0x0c, 1, END, END, END] }],
    ],
    [
      'a loop that calls what throws, and catches it',
      [
        { type: 0, code: [0x03, EMPTY, 0x06, EMPTY, 0x10, 2, 0x07, 0, 0x0c, 1, END, END, END] },
        { type: 0, code: [0x08, 0, END] },
      ],
    ],
    [
      'a loop over try_table',
      [
        {
          type: 0,
          code: [0x03, EMPTY, 0x02, EMPTY, 0x1f, EMPTY, 1, 2, 0, 0x08, 0, END, END, 0x0c, 0, END, END],
        },
      ],
    ],
    [
      'two functions that call each other at their end',
      [
        { type: 0, code: [0x12, 2, END] },
        { type: 0, code: [0x12, 1, END] },
      ],
    ],
  ])('%s ends', (_what, functions) => {
    const module = metered(functions);
    const outcome = module.call('f0', [], 100_000n);
    expect(outcome).toMatchObject({ error: 'RuntimeError: unreachable', used: 100_000n, isExhausted: true });
  });

  test('an endless recursion ends by its fuel before the stack is full', () => {
    const outcome = one(0x10, 1, END).call('f0', [], 500n);
    expect(outcome).toMatchObject({ error: 'RuntimeError: unreachable', isExhausted: true });
  });

  test('calls without a loop or a recursion, of which there are very many, end', () => {
    const levels = 58;
    const twice = Array.from({ length: levels }, (_, index) => ({
      type: 0,
      code: [0x10, index + 2, 0x10, index + 2, END],
    }));
    const outcome = metered([...twice, { type: 0, code: [0x01, END] }]).call('f0', [], 1_000_000n);
    expect(outcome).toMatchObject({ isExhausted: true, used: 1_000_000n });
  });

  test('a start function that loops ends at instantiation', () => {
    const bytes = moduleOf([{ type: 0, code: [0x03, EMPTY, 0x0c, 0, END, END] }], 1);
    expect(() => new MeteredModule(bytes, imports, 10_000)).toThrow('unreachable');
  });

  test('a start function that ends leaves the rest of its fuel', () => {
    const bytes = moduleOf([{ type: 0, code: [...i32Const(1), 0x1a, END] }], 1);
    expect(new MeteredModule(bytes, imports, 10_000).fuel).toBe(9_998n);
  });

  test('the host sees in a call what was used before it', () => {
    const seen: bigint[] = [];
    const poke = (): void => void seen.push(module.fuel);
    // A loop of 3 turns, and then the call.
    const loop = [0x03, EMPTY, 0x20, 0, ...i32Const(1), 0x6a, 0x22, 0, ...i32Const(3), 0x48, 0x0d, 0, END];
    const bytes = moduleOf([{ type: 0, locals: [I32], code: [...loop, 0x10, 0, END] }]);
    const module = new MeteredModule(bytes, { env: { poke } });
    expect(module.call('f0', [], 1_000n).used).toBe(22n);
    expect(seen).toEqual([978n]);
  });

  test('what a host function throws passes through, and what was used is counted', () => {
    const poke = (): void => {
      throw new Error('refused');
    };
    const module = new MeteredModule(moduleOf([{ type: 0, code: [0x10, 0, END] }]), { env: { poke } });
    expect(module.call('f0')).toMatchObject({ error: 'Error: refused', used: 1n });
  });

  test('a loop that traps has paid for its turns', () => {
    // Loads from ever higher addresses.
    const step = [0x20, 0, ...i32Const(4_096), 0x6a, 0x22, 0, 0x28, 2, 0, 0x1a];
    const outcome = one(0x03, EMPTY, ...step, 0x0c, 0, END, END).call('f0');
    expect(outcome.error).toContain('memory access out of bounds');
    expect(outcome.isExhausted).toBe(false);
  });

  test('a trap keeps what was paid', () => {
    expect(one(...i32Const(1), 0x1a, 0x00, END).call('f0')).toMatchObject({
      error: 'RuntimeError: unreachable',
      isExhausted: false,
      used: 3n,
    });
  });

  test('an exception that is caught goes on with the count', () => {
    const thrower: FunctionParts = { type: 0, code: [...i32Const(1), 0x1a, 0x08, 0, END] };
    // try call catch (i32.const drop) end, and then another call of a function that does nothing.
    const code = [0x06, EMPTY, 0x10, 2, 0x07, 0, ...i32Const(1), 0x1a, END, 0x10, 0, END];
    const first = metered([{ type: 0, code }, thrower]).call('f0');
    expect(first.error).toBeNull();
    // 1 for the call, 3 in the function, 2 in the handler, 1 for the last call; and the last call once more, which was
    // paid in advance when the exception came.
    expect(first.used).toBe(8n);
  });

  test.each([
    ['memory.fill', [...i32Const(0), ...i32Const(7), ...i32Const(1_600), 0xfc, 11, 0], 4n + 100n],
    ['memory.copy', [...i32Const(0), ...i32Const(7), ...i32Const(1_615), 0xfc, 10, 0, 0], 4n + 100n],
    ['table.fill', [...i32Const(0), 0xd0, FUNCREF, ...i32Const(6), 0xfc, 17, 0], 4n + 3n],
    ['table.copy', [...i32Const(0), ...i32Const(1), ...i32Const(4), 0xfc, 14, 0, 0], 4n + 2n],
  ])('%s pays for what it moves', (_name, code, used) => {
    expect(one(...code, END).call('f0')).toMatchObject({ error: null, used });
  });

  test('a count beyond every size costs fuel, and earns none', () => {
    const module = one(...i32Const(0), ...i32Const(7), ...i32Const(-1), 0xfc, 11, 0, END);
    expect(module.call('f0', [], 1_000n)).toMatchObject({ isExhausted: true });
    const wide = buildModule({
      types: [{ params: [], results: [] }],
      functions: [{ type: 0, code: [0x42, 0, ...i32Const(7), 0x42, 0x7f, 0xfc, 11, 0, END] }],
      memories: [[4, 1]],
      exports: { f0: 0 },
    });
    expect(new MeteredModule(wide).call('f0', [], 1_000n)).toMatchObject({ isExhausted: true });
  });

  test.runIf(hasWideTables).each<[string, readonly number[], readonly number[], bigint]>([
    ['table.fill', [FUNCREF, 4, 10], [0x42, 0, 0xd0, FUNCREF, 0x42, 6, 0xfc, 17, 0], 4n + 3n],
    ['table.copy', [FUNCREF, 4, 10], [0x42, 0, 0x42, 1, 0x42, 4, 0xfc, 14, 0, 0], 4n + 2n],
    [
      'table.fill with a first value',
      [0x40, 0, FUNCREF, 4, 10, 0xd2, 0, END],
      [0x42, 0, 0xd0, FUNCREF, 0x42, 6, 0xfc, 17, 0],
      4n + 3n,
    ],
    [
      'table.copy into addresses of 32 bits',
      [FUNCREF, 4, 10],
      [...i32Const(0), 0x42, 1, ...i32Const(4), 0xfc, 14, 1, 0],
      4n + 2n,
    ],
  ])('%s pays for what it moves in tables with 64-bit addresses', (_name, table, code, used) => {
    const bytes = buildModule({
      types: [{ params: [], results: [] }],
      functions: [{ type: 0, code: [...code, END] }],
      tables: [table, [FUNCREF, 0, 10]],
      exports: { f0: 0 },
    });
    expect(engine.validate(bytes)).toBe(true);
    expect(new MeteredModule(bytes).call('f0')).toMatchObject({ error: null, used });
  });

  test('deep structures count as an interpreter does', () => {
    const depth = 400;
    const open = Array.from({ length: depth }, () => [0x02, EMPTY, 0x20, 0, 0x0d, 0]).flat();
    const close = Array.from({ length: depth }, () => [0x20, 0, 0x1a, END]).flat();
    const bytes = moduleOf([{ type: 1, code: [...open, ...close, 0x20, 0, END] }]);
    const module = new MeteredModule(bytes, imports);
    const interpreter = new Interpreter(bytes, imports);
    for (const argument of [0, 1]) {
      interpreter.call('f0', [argument]);
      expect(module.call('f0', [argument]).used).toBe(BigInt(interpreter.count));
    }
  });
});

describe('what a guest may not reach', () => {
  test.each([
    ['the global of the fuel', [0x42, 0, 0x24, 0], 'uses a global that does not exist'],
    ['the local of the fuel', [0x42, 0, 0x21, 1], 'uses a local that it does not have'],
    ['the local of the fuel, by a tee', [0x42, 0, 0x22, 1, 0x1a], 'uses a local that it does not have'],
    ['a label outside of the function', [0x0c, 1], 'a branch to a label that does not exist'],
  ])('%s', (_what, code, message) => {
    expect(() => one(...code, END)).toThrow(message);
  });

  test('the global of the fuel, by an export', () => {
    expect(() => new MeteredModule(buildModule({ exports: { mine: [3, 0] } }))).toThrow('a global that does not exist');
  });
});
