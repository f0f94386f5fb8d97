import type { ByteWriter } from '../binary/byte-writer.ts';
import { OP } from '../binary/opcodes.ts';
import { type ChosenCharge, HELD, type Held, type MovingCost } from './flow.ts';

const NO_RESULT = 0x40;

/** The places that the pass adds to a module and to the function at hand. */
export interface FuelPlaces {
  /** The index of the global. */
  readonly global: number;
  /** The index of the function's local, an i64. */
  readonly local: number;
  /** The indexes of locals for a count: an i32, which serves conditions, too, and an i64. */
  readonly narrowCount: number;
  readonly wideCount: number;
}

/** Writes instructions that charge fuel. They leave the operand stack as it is. */
export class FuelCode {
  /** What holds the fuel at the point that was written last. */
  held: Held = HELD.global;
  readonly #out: ByteWriter;
  readonly #places: FuelPlaces;

  constructor(out: ByteWriter, places: FuelPlaces) {
    this.#out = out;
    this.#places = places;
  }

  /** Makes the local hold the fuel, too. */
  load(): void {
    if ((this.held & HELD.local) !== 0) return;
    this.#get(OP.globalGet, this.#places.global);
    this.#get(OP.localSet, this.#places.local);
    this.held = HELD.both;
  }

  /** Makes the global hold the fuel, too. */
  store(): void {
    if ((this.held & HELD.global) !== 0) return;
    this.#get(OP.localGet, this.#places.local);
    this.#get(OP.globalSet, this.#places.global);
    this.held = HELD.both;
  }

  /** Charges a fixed amount; traps if there is not so much left. `isCached`: leaves the global as it is. */
  charge(amount: number, isCached: boolean): void {
    if (amount === 0) return;
    this.#fuel();
    this.#out.byte(OP.i64Const);
    this.#out.signed(amount);
    this.#subtract(isCached);
  }

  /** Charges for the count on top of the stack, which stays there. */
  chargeMoving({ isWide, shift }: MovingCost, isCached: boolean): void {
    const count = isWide ? this.#places.wideCount : this.#places.narrowCount;
    this.#get(OP.localTee, count);
    this.#fuel();
    this.#get(OP.localGet, count);
    if (!isWide) this.#out.byte(OP.i64ExtendI32U);
    this.#out.byte(OP.i64Const);
    this.#out.signed(shift);
    this.#out.byte(OP.i64ShrU);
    this.#subtract(isCached);
  }

  /** Charges by the condition on top of the stack, which stays there. */
  chargeChosen({ whenTrue, whenFalse }: ChosenCharge, isCached: boolean): void {
    this.#get(OP.localTee, this.#places.narrowCount);
    this.#fuel();
    for (const amount of [whenTrue, whenFalse]) {
      this.#out.byte(OP.i64Const);
      this.#out.signed(amount);
    }
    this.#get(OP.localGet, this.#places.narrowCount);
    this.#out.byte(OP.select);
    this.#subtract(isCached);
  }

  #fuel(): void {
    if ((this.held & HELD.local) !== 0) this.#get(OP.localGet, this.#places.local);
    else this.#get(OP.globalGet, this.#places.global);
  }

  #subtract(isCached: boolean): void {
    const isStored = !isCached && (this.held & HELD.global) !== 0;
    this.#out.byte(OP.i64Sub);
    this.#get(OP.localTee, this.#places.local);
    if (isStored) {
      this.#get(OP.globalSet, this.#places.global);
      this.#get(OP.localGet, this.#places.local);
    }
    this.held = isStored ? HELD.both : HELD.local;
    this.#check(isStored);
  }

  /** Traps if the fuel on the stack is below zero, and leaves it in the global. */
  #check(isStored: boolean): void {
    this.#out.byte(OP.i64Const);
    this.#out.byte(0);
    this.#out.byte(OP.i64LtS);
    this.#out.byte(OP.if);
    this.#out.byte(NO_RESULT);
    if (!isStored) {
      this.#get(OP.localGet, this.#places.local);
      this.#get(OP.globalSet, this.#places.global);
    }
    this.#out.byte(OP.unreachable);
    this.#out.byte(OP.end);
  }

  #get(opcode: number, index: number): void {
    this.#out.byte(opcode);
    this.#out.unsigned(index);
  }
}
