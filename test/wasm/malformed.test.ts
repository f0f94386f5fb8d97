import { describe, expect, test } from 'vitest';
import { instrument } from '../../src/wasm/instrument.ts';
import { WasmError } from '../../src/wasm/wasm-error.ts';
import { engine } from '../support/wasm/engine.ts';
import { INSTRUCTIONS, moduleWith } from '../support/wasm/every-instruction.ts';
import { buildModule, unsigned } from '../support/wasm/module-builder.ts';
import { Random, randomModule } from '../support/wasm/random-module.ts';

const OPTIONS = { isMetered: true, maxMemoryPages: 100 };
/** Bytes that mean much: limits of numbers, the codes of types and of structure. */
const TELLING = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x0b, 0x40, 0x63, 0x6e, 0xfb, 0xfc, 0xfd, 0xfe];

const MODULES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  'a random module': randomModule(10),
  'another random module': randomModule(52),
  ...Object.fromEntries(
    Object.entries(INSTRUCTIONS)
      .filter(([group]) => group !== 'SIMD' && group !== 'variables and numbers')
      .map(([group, instructions]) => [group, moduleWith(instructions.flatMap(([, code]) => [...code, 0x00]))]),
  ),
};

/** The pass either refuses by a WasmError, or what it makes of a good module is good. */
function check(bytes: Uint8Array<ArrayBuffer>, what: string): void {
  let output: Uint8Array<ArrayBuffer>;
  try {
    output = instrument(bytes, OPTIONS).bytes;
  } catch (error) {
    if (!(error instanceof WasmError)) throw new Error(`${what} ends in ${String(error)}`, { cause: error });
    return;
  }
  if (!engine.validate(output) && engine.validate(bytes)) throw new Error(`${what} makes a good module a bad one`);
}

describe.each(Object.entries(MODULES))('malformed variants of %s', (_name, bytes) => {
  test('cut off at every byte', () => {
    for (let length = 0; length < bytes.length; length += 1) check(bytes.slice(0, length), `length ${length}`);
    expect(() => instrument(bytes.slice(0, bytes.length - 1), OPTIONS)).toThrow(WasmError);
  });

  test('with one byte changed', () => {
    for (let at = 0; at < bytes.length; at += 1) {
      for (const value of [...TELLING, (bytes[at] as number) ^ 1, (bytes[at] as number) + 1]) {
        const variant = bytes.slice();
        variant[at] = value;
        check(variant, `byte ${at} as ${value}`);
      }
    }
  });

  test('with a byte more or less', () => {
    for (let at = 8; at < bytes.length; at += 1) {
      check(Uint8Array.from([...bytes.subarray(0, at), ...bytes.subarray(at + 1)]), `without byte ${at}`);
      check(Uint8Array.from([...bytes.subarray(0, at), 0, ...bytes.subarray(at)]), `with a byte before ${at}`);
    }
  });
});

describe('hostile modules', () => {
  const functionOf = (code: readonly number[]): Uint8Array<ArrayBuffer> =>
    buildModule({ types: [{ params: [], results: [] }], functions: [{ type: 0, code }] });

  test('very deep blocks with branches far out, and with tables of them', () => {
    const depth = 20_000;
    const open = new Array<readonly number[]>(depth).fill([0x02, 0x40]).flat();
    const far = unsigned(depth - 1);
    const branches = new Array<readonly number[]>(depth).fill([0x41, 0, 0x0d, ...far]).flat();
    const labels = Array.from({ length: depth }, (_, index) => unsigned(index));
    const table = [0x41, 0, 0x0e, ...unsigned(depth), ...labels.flat(), 0];
    const close = new Array<number>(depth + 1).fill(0x0b);
    check(functionOf([...open, ...branches, ...close]), 'branches');
    check(functionOf([...open, ...table, ...close]), 'a table');
    expect(engine.validate(functionOf([...open, ...branches, ...close]))).toBe(true);
  });

  test('nested loops each of which branches to all others', () => {
    const depth = 400;
    const open = new Array<readonly number[]>(depth).fill([0x03, 0x40]).flat();
    const branches = Array.from({ length: depth }, (_, index) => [0x41, 0, 0x0d, ...unsigned(index), 0x01]).flat();
    const arms = Array.from({ length: depth }, () => [...branches.slice(0, 600), 0x0b]).flat();
    check(functionOf([...open, ...branches, ...arms, 0x0b]), 'loops');
    expect(open.length).toBe(2 * depth);
  });
});

describe('noise', () => {
  test('behind a good header is refused or kept good', () => {
    const random = new Random(5);
    for (let turn = 0; turn < 3_000; turn += 1) {
      const noise = Array.from({ length: 60 }, () => random.below(turn % 2 === 0 ? 256 : 16));
      check(Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, ...noise]), `noise of turn ${turn}`);
    }
  });

  test('a count without its items ends at once', () => {
    const count = [0xff, 0xff, 0xff, 0xff, 0x0f];
    for (const id of [1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 13]) {
      check(Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, id, count.length, ...count]), `section ${id}`);
    }
    expect(MODULES['control']).toBeDefined();
  });
});
