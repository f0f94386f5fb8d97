import { describe, expect, test } from 'vitest';
import { type InstrumentOptions, instrument } from '../../src/wasm/instrument.ts';
import { engine, hasWideTables, instantiate, type Memory } from '../support/wasm/engine.ts';
import { MeteredModule } from '../support/wasm/metering.ts';
import {
  buildModule,
  END,
  FUNCREF,
  HEADER,
  I32,
  i32Const,
  importOf,
  type ModuleParts,
  section,
  text,
  unsigned,
  vector,
} from '../support/wasm/module-builder.ts';

const OPTIONS: InstrumentOptions = { isMetered: true, maxMemoryPages: 8 };
const UNMETERED: InstrumentOptions = { ...OPTIONS, isMetered: false };
const TRAPS: ModuleParts = {
  types: [{ params: [], results: [] }],
  functions: [{ type: 0, code: [0x00, END] }],
  exports: { run: 0 },
};
/** The part of a name section that names function 0. */
const NAMES = [1, ...section(0, vector([[0, ...text('burst_into_flames')]])).slice(1)];

const withMemory = (...memories: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> =>
  buildModule({ memories, exports: { memory: [2, 0] } });

const EXTERNREF = 0x6f;
const TAG_MESSAGE = 'an exception may carry at most 4 numbers, and no references';
const KEPT_MESSAGE = 'globals and tables of exceptions are not supported';

/** Whether the addresses of a table have 64 bits. The host cannot grow such a table by a number. */
const isWide = (table: readonly number[] | undefined): boolean => table?.[3] === 5;

/** A module that waits for ever for a change of its memory. */
const waitingIn = (memory: readonly number[]): Uint8Array<ArrayBuffer> =>
  buildModule({
    types: [{ params: [], results: [I32] }],
    functions: [{ type: 0, code: [...i32Const(0), ...i32Const(0), 0x42, 0x7f, 0xfe, 1, 2, 0, END] }],
    memories: [memory],
    exports: { run: 0 },
  });

function pagesAfterGrowth(bytes: Uint8Array<ArrayBuffer>): number {
  const memory = instantiate(bytes).exports['memory'] as Memory;
  for (;;) {
    try {
      memory.grow(1);
    } catch {
      return memory.buffer.byteLength / 65_536;
    }
  }
}

describe('the fuel of a module', () => {
  test('is a global that comes last, under a name of its own', () => {
    const bytes = buildModule({
      globals: [[I32, 0, ...i32Const(3), END]],
      exports: { escapement_fuel: [3, 0], escapement_fuel_1: [3, 0] },
    });
    const { fuelExport, bytes: output } = instrument(bytes, OPTIONS);
    expect(fuelExport).toBe('escapement_fuel_2');
    const { exports } = instantiate(output);
    expect(Object.keys(exports)).toEqual(['escapement_fuel', 'escapement_fuel_1', 'escapement_fuel_2']);
    expect((exports['escapement_fuel'] as { value: number }).value).toBe(3);
  });

  test('is there in an empty module', () => {
    const { fuelExport, bytes } = instrument(Uint8Array.from(HEADER), OPTIONS);
    expect(Object.keys(instantiate(bytes).exports)).toEqual([fuelExport]);
  });

  test('does not move imported globals', () => {
    const bytes = buildModule({
      types: [{ params: [], results: [I32] }],
      imports: [importOf('env', 'base', [3, I32, 0])],
      functions: [{ type: 0, code: [0x23, 0, END] }],
      exports: { base: 0 },
    });
    expect(new MeteredModule(bytes, { env: { base: 41 } }).call('base')).toMatchObject({ results: [41], used: 1n });
  });

  test('is not there if nobody wants it', () => {
    const bytes = buildModule({ ...TRAPS, memories: [[1, 1, 2]] });
    const output = instrument(bytes, UNMETERED);
    expect(output.fuelExport).toBeNull();
    expect([...output.bytes]).toEqual([...bytes]);
  });
});

describe('the memory of a module', () => {
  test.each([
    ['has at most what is allowed', [0, 1], 8],
    ['keeps a lower maximum', [1, 1, 3], 3],
    ['loses a higher maximum', [1, 1, 0x80, 0x80, 0x04], 8],
    ['may be as large as allowed at once', [0, 8], 8],
    ['may have 64-bit addresses', [4, 1], 8],
    ['may have 64-bit addresses and a maximum', [5, 1, 0x80, 0x80, 0x80, 0x80, 0x01], 8],
  ])('%s', (_what, memory, pages) => {
    const bytes = withMemory(memory);
    const input = memory[0] === 4 || memory[0] === 5 ? null : bytes;
    if (input === null) expect(engine.validate(instrument(bytes, OPTIONS).bytes)).toBe(true);
    else
      expect([OPTIONS, UNMETERED].map((options) => pagesAfterGrowth(instrument(bytes, options).bytes))).toEqual([
        pages,
        pages,
      ]);
  });

  test('is shared with the other memories of the module', () => {
    const bytes = buildModule({
      memories: [
        [0, 1],
        [0, 3],
      ],
      exports: { memory: [2, 0], other: [2, 1] },
    });
    expect(pagesAfterGrowth(instrument(bytes, OPTIONS).bytes)).toBe(3);
  });

  test('is refused if it starts too large', () => {
    expect(() => instrument(withMemory([0, 9]), OPTIONS)).toThrow(
      'the module needs 9 pages of memory, and it may have 8',
    );
  });

  test('is not imported', () => {
    const bytes = buildModule({ imports: [importOf('env', 'memory', [2, 0, 1])] });
    expect(() => instrument(bytes, OPTIONS)).toThrow('the import "env.memory" is a memory');
  });

  test.each([
    ['metered', OPTIONS],
    ['not metered', UNMETERED],
  ])('is not shared, as a guest could wait in it for ever, %s', (_how, options) => {
    const bytes = waitingIn([3, 1, 1]);
    expect(engine.validate(bytes)).toBe(true);
    expect(() => instrument(bytes, options)).toThrow('shared memories are not supported');
  });

  test('traps where a guest waits in it', () => {
    const outcome = new MeteredModule(waitingIn([0, 1])).call('run');
    expect(outcome.error).toContain('Atomics.wait cannot be called in this context');
  });

  test('has pages of the usual size', () => {
    expect(() => instrument(withMemory([8, 1, 0]), OPTIONS)).toThrow('custom page sizes are not supported');
  });
});

describe('the tables of a module', () => {
  const withTables = (...tables: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> =>
    buildModule({
      types: [{ params: [], results: [] }],
      functions: [{ type: 0, code: [END] }],
      tables,
      exports: { table: [1, 0], run: 0 },
    });
  const grown = (bytes: Uint8Array<ArrayBuffer>): number => {
    const table = instantiate(bytes).exports['table'] as { readonly length: number; grow(entries: number): number };
    for (let step = 1 << 20; step > 0; step = Math.floor(step / 2)) {
      try {
        table.grow(step);
      } catch {
        // The step goes beyond the maximum.
      }
    }
    return table.length;
  };
  const PAGES_16: InstrumentOptions = { ...OPTIONS, maxMemoryPages: 16 };

  test.for<[string, InstrumentOptions, readonly (readonly number[])[], number]>([
    ['take what the memory may take', PAGES_16, [[FUNCREF, 0, 1]], 32_768],
    ['take it without fuel, too', { ...PAGES_16, isMetered: false }, [[FUNCREF, 0, 1]], 32_768],
    ['have some thousand entries in any case', { ...OPTIONS, maxMemoryPages: 0 }, [[FUNCREF, 0, 1]], 16_384],
    ['have a limit of their own', { ...OPTIONS, maxMemoryPages: 65_536 }, [[FUNCREF, 0, 1]], 1_048_576],
    ['keep a lower maximum', PAGES_16, [[FUNCREF, 1, 3, 5]], 5],
    ['lose a higher maximum', PAGES_16, [[EXTERNREF, 1, 3, ...unsigned(50_000_000)]], 32_768],
    ['are as large as allowed at once', PAGES_16, [[EXTERNREF, 0, ...unsigned(32_768)]], 32_768],
    [
      'share it',
      PAGES_16,
      [
        [FUNCREF, 0, 0],
        [EXTERNREF, 0, ...unsigned(30_768)],
      ],
      1_000,
    ],
    ['may have a first value', PAGES_16, [[0x40, 0, FUNCREF, 0, 9, 0xd2, 0, END]], 32_768],
    [
      'may have 64-bit addresses',
      PAGES_16,
      [
        [0x40, 0, FUNCREF, 5, 9, 11, 0xd0, FUNCREF, END],
        [FUNCREF, 4, 0],
      ],
      11,
    ],
  ])('%s', ([_what, options, tables, entries], { skip }) => {
    skip(tables.some(isWide) && !hasWideTables, 'this Node has no tables with 64-bit addresses');
    const { bytes } = instrument(withTables(...tables), options);
    expect(engine.validate(bytes)).toBe(true);
    if (!isWide(tables[0])) expect(grown(bytes)).toBe(entries);
  });

  test('are refused if they start too large', () => {
    const many = Array.from({ length: 60 }, () => [EXTERNREF, 0, ...unsigned(10_000_000)]);
    expect(() => instrument(withTables(...many), PAGES_16)).toThrow(
      'the tables of the module need 600000000 entries, and they may have 32768',
    );
  });

  test('of some thousand functions pass with the memory that guests have by default', () => {
    const bytes = withTables([FUNCREF, 1, ...unsigned(50_000), ...unsigned(50_000)]);
    expect(grown(instrument(bytes, { ...OPTIONS, maxMemoryPages: 256 }).bytes)).toBe(50_000);
  });
});

/** What only the garbage collector would take back has no bound, so a guest has none of it. */
describe('what has no bound', () => {
  const types = [{ params: [], results: [] }];
  const EXNREF = 0x69;

  test.each<[string, ModuleParts, string]>([
    ['an array', { types: [[0x5e, 0x7b, 1]] }, 'type 0x5e (objects of garbage collection) is not supported'],
    ['a struct', { types: [[0x5f, 1, I32, 1]] }, 'type 0x5f (objects of garbage collection) is not supported'],
    [
      'a struct in a group of types',
      { types: [[0x4e, 2, 0x60, 0, 0, 0x50, 0, 0x5f, 0]] },
      'type 0x5f (objects of garbage collection) is not supported',
    ],
    ['an exception that holds another one', { types: [{ params: [EXNREF], results: [] }], tags: [0] }, TAG_MESSAGE],
    [
      'an imported exception that holds a reference',
      { types: [{ params: [EXTERNREF], results: [] }], imports: [importOf('env', 'tag', [4, 0, 0])] },
      TAG_MESSAGE,
    ],
    [
      'an exception with many values',
      { types: [{ params: new Array<number>(5).fill(0x7b), results: [] }], tags: [0] },
      TAG_MESSAGE,
    ],
    ['a table of exceptions', { types, tables: [[EXNREF, 0, 1]] }, KEPT_MESSAGE],
    ['a global with an exception', { types, globals: [[0x63, EXNREF, 1, 0xd0, EXNREF, END]] }, KEPT_MESSAGE],
  ])('%s', (_what, parts, message) => {
    const bytes = buildModule(parts);
    expect(engine.validate(bytes)).toBe(true);
    for (const options of [OPTIONS, UNMETERED]) expect(() => instrument(bytes, options)).toThrow(message);
  });

  test('an exception may have numbers', () => {
    const bytes = buildModule({ types: [{ params: new Array<number>(4).fill(0x7b), results: [] }], tags: [0] });
    expect(engine.validate(instrument(bytes, OPTIONS).bytes)).toBe(true);
  });
});

describe('custom sections', () => {
  test('names of functions stay, so that stack traces have them', () => {
    const { bytes, fuelExport } = instrument(buildModule({ ...TRAPS, custom: { name: NAMES } }), OPTIONS);
    const { exports } = instantiate(bytes);
    (exports[fuelExport as string] as { value: bigint }).value = 100n;
    let stack = '';
    try {
      (exports['run'] as () => void)();
    } catch (error) {
      stack = (error as Error).stack ?? '';
    }
    expect(stack).toContain('burst_into_flames');
  });

  test('what holds offsets of code goes', () => {
    const custom = {
      producers: [0],
      '.debug_info': [1, 2],
      sourceMappingURL: text('a.map'),
      'metadata.code.branch_hint': [0],
    };
    const output = new TextDecoder('latin1').decode(instrument(buildModule({ ...TRAPS, custom }), OPTIONS).bytes);
    expect(output).toContain('producers');
    expect(output).not.toMatch(/debug_info|sourceMappingURL|branch_hint/);
  });
});

describe('what is not a module', () => {
  test.each([
    ['nothing', [], 'this is not a WebAssembly module (at byte 0)'],
    ['text', [...text('hello, world')], 'this is not a WebAssembly module'],
    ['a component', [...HEADER.slice(0, 4), 0x0d, 0, 1, 0], 'this is a WebAssembly component'],
    ['another version', [...HEADER.slice(0, 4), 2, 0, 0, 0], 'this version of WebAssembly is unknown'],
    ['an unknown section', [...HEADER, 14, 0], 'section 14 is unknown (at byte 8)'],
    ['sections in disorder', [...HEADER, 3, 1, 0, 1, 1, 0], 'section 1 stands twice or at the wrong place'],
    ['a section beyond the end', [...HEADER, 1, 9, 0], 'the module ends too early'],
    ['an endless number', [...HEADER, 1, 6, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], 'a number is longer than 32 bits'],
  ])('%s is refused', (_what, bytes, message) => {
    expect(() => instrument(Uint8Array.from(bytes), OPTIONS)).toThrow(message);
  });
});
