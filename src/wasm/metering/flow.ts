/** What the pass knows of a function: its blocks, and the instructions at which the flow of control parts or joins. */

export const FLOW = {
  block: 0,
  loop: 1,
  if: 2,
  try: 3,
  else: 4,
  catch: 5,
  end: 6,
  /** A branch that is always taken. */
  br: 7,
  /** A branch that may be taken. */
  brIf: 8,
  brTable: 9,
  /** Leaves the function: a return, a tail call, an exception. */
  exit: 10,
  /** `unreachable`. */
  trap: 11,
  call: 12,
  /** Costs more, the more bytes or elements it moves. */
  bulk: 13,
} as const;

export type FlowKind = (typeof FLOW)[keyof typeof FLOW];

/** What holds the fuel as it is now. At a call the global has to. Bits. */
export const HELD = { local: 1, global: 2, both: 3 } as const;
export type Held = number;

/** What moving costs beside the instruction itself. The count is on top of the stack. */
export interface MovingCost {
  /** Whether the count is an i64. */
  readonly isWide: boolean;
  /** 2 to the power of this many bytes or elements cost 1. */
  readonly shift: number;
}

/** What is charged by the condition on top of the stack. */
export interface ChosenCharge {
  readonly whenTrue: number;
  readonly whenFalse: number;
}

export interface FlowEvent {
  readonly kind: FlowKind;
  /** Where the instruction starts and ends in the file. */
  readonly start: number;
  readonly end: number;
  /** How many instructions that cost something stand between the event before and this one. */
  readonly straight: number;
  /** What the instruction itself costs: 0 or 1. */
  readonly cost: number;
  /** The block that it opens, divides or closes; for all others the block that it stands in. */
  readonly block: Block;
  /** The blocks to which it may branch. */
  readonly targets: readonly Block[];
  readonly moving: MovingCost | null;
  /** Of a condition: what its two ways have to pay before they part. Set by `diamonds.ts`. */
  chosen: ChosenCharge | null;
  /** What has to be paid behind it, before the next instruction. Set by `potentials.ts`. */
  charge: number;
  /** Of a call: whether nothing but a trap or an endless loop can follow. Set by `potentials.ts`. */
  isLast: boolean;
}

export interface Block {
  readonly kind: FlowKind;
  readonly parent: Block | null;
  /** Whether an exception may branch to its label. */
  isCaught: boolean;
  hasElse: boolean;
  /** What is paid for already when control arrives at its label: at its end, or at the start of a loop. */
  paid: number;
  /** Of an `if` with an `else`: what must be paid where its other arm starts. */
  otherArm: number;
  /** Of an `if`: what the start of its other arm charges. */
  otherCharge: number;
  /** Whether there is a call in it after which it may go on. */
  hasCalls: boolean;
  /** Whether it is a loop that keeps the fuel in the local, or stands in one. */
  isCached: boolean;
  /** Whether the local has to hold the fuel when control arrives at its label; else the global has to. */
  arrivesCached: boolean;
  /** Of an `if`: what holds the fuel where its arms start. */
  heldAtFork: Held;
  /** What holds the fuel on every way to its label that was seen so far. */
  heldAtLabel: Held;
}

/** A function as the pass sees it. */
export interface FunctionFlow {
  readonly events: readonly FlowEvent[];
  readonly blocks: readonly Block[];
}

export function newBlock(kind: FlowKind, parent: Block | null): Block {
  return {
    kind,
    parent,
    isCaught: false,
    hasElse: false,
    paid: 0,
    otherArm: 0,
    otherCharge: 0,
    hasCalls: false,
    isCached: false,
    arrivesCached: false,
    heldAtFork: HELD.both,
    heldAtLabel: HELD.both,
  };
}
