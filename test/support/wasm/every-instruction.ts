/** One module that has everything which an instruction may refer to, and every instruction with fitting immediates. */
import {
  buildModule,
  EMPTY,
  END,
  F64,
  FUNCREF,
  I32,
  I64,
  i32Const,
  type ModuleParts,
  text,
  unsigned,
  vector,
} from './module-builder.ts';

const EXTERNREF = 0x6f;
const MUTABLE = 1;

/** Types: 0 is [] → [], 1 [i32] → [i32]. */
const WORLD: ModuleParts = {
  types: [
    { params: [], results: [] },
    { params: [I32], results: [I32] },
  ],
  tables: [
    [FUNCREF, 0, 4],
    [FUNCREF, 1, 4, 9],
  ],
  memories: [
    [1, 1, 2],
    [0, 1],
    [4, 1],
  ],
  tags: [0],
  globals: [[I32, MUTABLE, ...i32Const(0), END]],
  elements: [
    [1, 0, ...vector([[0]])],
    [3, 0, ...vector([[0]])],
  ],
  dataCount: 1,
  data: [[1, ...text('data')]],
};

/** A module whose only function has the given code behind an `unreachable`, so that operands of all types are there. */
export function moduleWith(code: readonly number[]): Uint8Array<ArrayBuffer> {
  return buildModule({
    ...WORLD,
    functions: [{ type: 0, locals: [I32, I64, F64, EXTERNREF], code: [0, ...code, 0, END] }],
  });
}

type Entry = readonly [name: string, code: readonly number[]];

const hex = (value: number): string => value.toString(16).padStart(2, '0');
const each = (from: number, to: number, code: (opcode: number) => readonly number[], prefix?: number): Entry[] =>
  Array.from({ length: to - from + 1 }, (_, index) => {
    const opcode = from + index;
    return [prefix === undefined ? hex(opcode) : `${hex(prefix)} ${hex(opcode)}`, code(opcode)] as const;
  });
const one = (opcode: number, ...rest: readonly number[]): Entry => [hex(opcode), [opcode, ...rest]];
/** Alignment and offset: the largest alignments are found by trying, because no table of them is needed. */
const memory = (opcode: readonly number[], align = 0): readonly number[] => [...opcode, align, 7];

const CONTROL: readonly Entry[] = [
  one(0x00),
  one(0x01),
  one(0x02, EMPTY, END),
  one(0x02, I32, 0, END, 0x1a),
  one(0x02, 1, END),
  one(0x03, EMPTY, 0x0c, 0, END),
  one(0x04, EMPTY, END),
  one(0x04, EMPTY, 0x01, 0x05, 0x01, END),
  one(0x04, 1, END),
  one(0x06, EMPTY, 0x07, 0, END),
  one(0x06, EMPTY, 0x19, 0x09, 0, END),
  one(0x06, EMPTY, 0x07, 0, 0x19, END),
  one(0x06, EMPTY, 0x10, 0, 0x18, 0),
  one(0x08, 0),
  one(0x0c, 0),
  one(0x0d, 0),
  one(0x0e, 1, 0, 0),
  one(0x0f),
  one(0x10, 0),
  one(0x11, 0, 1),
  one(0x12, 0),
  one(0x13, 0, 0),
  one(0x14, 0),
  one(0x15, 0),
  one(0x1a),
  one(0x1b, 0x1a),
  one(0x1c, 1, EXTERNREF),
];

/** The two proposals of exceptions are not to be in one module. */
const EXCEPTIONS: readonly Entry[] = [
  one(0x0a),
  ['1f catch', [0x02, EMPTY, 0x1f, EMPTY, 1, 0, 0, 0, 0x10, 0, END, END]],
  ['1f catch_ref', [0x02, 0x64, 0x69, 0x1f, EMPTY, 1, 1, 0, 0, 0x10, 0, END, 0, END, 0x1a]],
  ['1f catch_all', [0x02, EMPTY, 0x1f, EMPTY, 1, 2, 0, 0x10, 0, END, END]],
  ['1f catch_all_ref', [0x02, 0x64, 0x69, 0x1f, EMPTY, 1, 3, 0, 0x08, 0, END, 0, END, 0x0a]],
];

const VARIABLES: readonly Entry[] = [
  one(0x20, 0),
  one(0x21, 1),
  one(0x22, 2),
  one(0x23, 0),
  one(0x24, 0),
  one(0x25, 1),
  one(0x26, 0),
  ['memory64', [0x28, 0x42, 2, 0x80, 0x80, 0x80, 0x80, 0x10]],
  ['28 of another memory', [0x28, 0x42, 1, 7]],
  ...each(0x28, 0x3e, (opcode) => memory([opcode])),
  ...each(0x3f, 0x40, (opcode) => [opcode, 1]),
  one(0x41, 0x80, 0x80, 0x80, 0x80, 0x78),
  one(0x42, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f),
  one(0x43, 1, 2, 3, 4),
  one(0x44, 1, 2, 3, 4, 5, 6, 7, 8),
  ...each(0x45, 0xc4, (opcode) => [opcode]),
];

const REFERENCES: readonly Entry[] = [
  one(0xd0, FUNCREF),
  one(0xd0, 1),
  one(0xd1),
  one(0xd2, 0),
  one(0xd3),
  one(0xd4, 0x1a),
  one(0xd5, 0, 0x1a),
  ['d6', [0x02, 0x64, FUNCREF, 0, 0xd6, 0, 0, END, 0x1a]],
];

/** Those that make no objects: tests and casts, conversions, and small integers. */
const GC: readonly Entry[] = [
  ...each(20, 23, (opcode) => [0xfb, opcode, 0x6e], 0xfb),
  ['fb 20 of a function', [0xfb, 20, 1]],
  ['fb 24', [0x02, 0x64, 0x6c, 0, 0xfb, 24, 1, 0, 0x6e, 0x6c, 0, END, 0x1a]],
  ['fb 25', [0x02, 0x63, 0x6e, 0, 0xfb, 25, 1, 0, 0x6e, 0x6c, 0, END, 0x1a]],
  ...each(26, 30, (opcode) => [0xfb, opcode], 0xfb),
];

const BULK_IMMEDIATES: Readonly<Record<number, readonly number[]>> = {
  8: [0, 1],
  9: [0],
  10: [2, 0],
  11: [2],
  12: [0, 1],
  13: [0],
  14: [0, 1],
  15: [0],
  16: [1],
  17: [0],
};

const BULK: readonly Entry[] = [
  ...each(0, 7, (opcode) => [0xfc, opcode], 0xfc),
  ...Object.entries(BULK_IMMEDIATES).map(([opcode, rest]): Entry => [`fc ${opcode}`, [0xfc, Number(opcode), ...rest]]),
];

/** Opcodes that SIMD leaves out. */
const SIMD_GAPS = new Set([
  0x9a, 0xa2, 0xa5, 0xa6, 0xaf, 0xb0, 0xb2, 0xb3, 0xb4, 0xbb, 0xc2, 0xc5, 0xc6, 0xcf, 0xd0, 0xd2, 0xd3, 0xd4, 0xe2,
  0xee,
]);

function simd(opcode: number): readonly number[] {
  const code = [0xfd, ...unsigned(opcode)];
  if (opcode <= 11 || opcode === 92 || opcode === 93) return memory(code);
  if (opcode === 12) return [...code, ...Array.from({ length: 16 }, (_, index) => index)];
  if (opcode === 13) return [...code, ...Array.from({ length: 16 }, () => 31)];
  if (opcode >= 21 && opcode <= 34) return [...code, 1];
  if (opcode >= 84 && opcode <= 91) return [...memory(code), 1];
  return code;
}

const SIMD = each(0, 275, simd, 0xfd).filter((_, opcode) => !SIMD_GAPS.has(opcode));

/** The alignment of an atomic access must be its size. */
const ATOMIC_SIZES = [2, 3, 0, 1, 0, 1, 2];
const ATOMICS: readonly Entry[] = [
  ['fe 00', memory([0xfe, 0], 2)],
  ['fe 01', memory([0xfe, 1], 2)],
  ['fe 02', memory([0xfe, 2], 3)],
  ['fe 03', [0xfe, 3, 0]],
  ...each(0x10, 0x4e, (opcode) => memory([0xfe, opcode], ATOMIC_SIZES[(opcode - 0x10) % 7]), 0xfe),
];

/** By proposal. */
export const INSTRUCTIONS: Readonly<Record<string, readonly Entry[]>> = {
  control: CONTROL,
  exceptions: EXCEPTIONS,
  'variables and numbers': VARIABLES,
  references: REFERENCES,
  'garbage collection': GC,
  'saturation and bulk operations': BULK,
  SIMD,
  atomics: ATOMICS,
};
