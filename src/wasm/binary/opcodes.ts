/** The opcodes that the pass looks at. All others are copied as they are. */
export const OP = {
  unreachable: 0x00,
  nop: 0x01,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  else: 0x05,
  try: 0x06,
  catch: 0x07,
  throw: 0x08,
  rethrow: 0x09,
  throwRef: 0x0a,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  brTable: 0x0e,
  return: 0x0f,
  call: 0x10,
  callIndirect: 0x11,
  returnCall: 0x12,
  returnCallIndirect: 0x13,
  callRef: 0x14,
  returnCallRef: 0x15,
  delegate: 0x18,
  catchAll: 0x19,
  select: 0x1b,
  tryTable: 0x1f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  i32Const: 0x41,
  i64Const: 0x42,
  i64LtS: 0x53,
  i64Sub: 0x7d,
  i64ShrU: 0x88,
  i64ExtendI32U: 0xad,
  refFunc: 0xd2,
  brOnNull: 0xd5,
  brOnNonNull: 0xd6,
  /** Prefixes: the opcode proper follows as a number. */
  gc: 0xfb,
  bulk: 0xfc,
  simd: 0xfd,
  atomic: 0xfe,
} as const;

export const GC_OP = { brOnCast: 24, brOnCastFail: 25 } as const;

/** What follows an opcode, by its first byte. */
export const IMMEDIATE = {
  unknown: 0,
  none: 1,
  index: 2,
  memory: 4,
  i32: 5,
  i64: 6,
  f32: 7,
  f64: 8,
  types: 9,
  heapType: 10,
  local: 11,
  global: 12,
  /** An opcode of 0xfb to 0xfe. */
  prefix: 13,
  /** The flow of control, which `body-reader.ts` reads. */
  flow: 14,
} as const;

export type Immediate = (typeof IMMEDIATE)[keyof typeof IMMEDIATE];

const ONE_BYTE: readonly (readonly [from: number, to: number, immediate: Immediate])[] = [
  [OP.unreachable, OP.unreachable, IMMEDIATE.flow],
  [OP.nop, OP.nop, IMMEDIATE.none],
  [OP.block, OP.returnCallRef, IMMEDIATE.flow],
  [OP.delegate, OP.catchAll, IMMEDIATE.flow],
  // drop, select
  [0x1a, 0x1b, IMMEDIATE.none],
  // select with types
  [0x1c, 0x1c, IMMEDIATE.types],
  [OP.tryTable, OP.tryTable, IMMEDIATE.flow],
  [OP.localGet, OP.localTee, IMMEDIATE.local],
  [OP.globalGet, OP.globalSet, IMMEDIATE.global],
  // table.get, table.set
  [0x25, 0x26, IMMEDIATE.index],
  // loads and stores
  [0x28, 0x3e, IMMEDIATE.memory],
  // memory.size, memory.grow
  [0x3f, 0x40, IMMEDIATE.index],
  [OP.i32Const, OP.i32Const, IMMEDIATE.i32],
  [OP.i64Const, OP.i64Const, IMMEDIATE.i64],
  [0x43, 0x43, IMMEDIATE.f32],
  [0x44, 0x44, IMMEDIATE.f64],
  // comparisons, arithmetic, conversions, sign extension
  [0x45, 0xc4, IMMEDIATE.none],
  // ref.null, ref.is_null, ref.func, ref.eq, ref.as_non_null
  [0xd0, 0xd0, IMMEDIATE.heapType],
  [0xd1, 0xd1, IMMEDIATE.none],
  [OP.refFunc, OP.refFunc, IMMEDIATE.index],
  [0xd3, 0xd4, IMMEDIATE.none],
  [OP.brOnNull, OP.brOnNonNull, IMMEDIATE.flow],
  [OP.gc, OP.atomic, IMMEDIATE.prefix],
];

/** For each first byte, what follows it. */
export const IMMEDIATES: Uint8Array = tableOf(ONE_BYTE);

function tableOf(ranges: typeof ONE_BYTE): Uint8Array {
  const table = new Uint8Array(256);
  for (const [from, to, immediate] of ranges) table.fill(immediate, from, to + 1);
  return table;
}
