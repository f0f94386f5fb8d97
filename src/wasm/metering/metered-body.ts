import type { ByteWriter } from '../binary/byte-writer.ts';
import { OP } from '../binary/opcodes.ts';
import { type Block, FLOW, type FlowEvent, type FunctionFlow, HELD } from './flow.ts';
import { FuelCode, type FuelPlaces } from './fuel-code.ts';

/** Writes a function's instructions with its charges between them. */
export class MeteredBody {
  readonly #bytes: Uint8Array;
  readonly #out: ByteWriter;
  readonly #fuel: FuelCode;
  /** Up to where the original is copied. */
  #from: number;
  /** Whether control can get here. Behind a branch that is always taken there is nothing to pay. */
  #isLive = true;

  /** `start` is where the function's instructions start in `bytes`. */
  constructor(bytes: Uint8Array, start: number, out: ByteWriter, places: FuelPlaces) {
    this.#bytes = bytes;
    this.#from = start;
    this.#out = out;
    this.#fuel = new FuelCode(out, places);
  }

  write({ events }: FunctionFlow, startCharge: number): void {
    this.#fuel.charge(startCharge, false);
    for (const event of events) {
      this.#copy(event.start);
      this.#before(event);
      this.#copy(event.end);
      this.#after(event);
    }
  }

  #copy(end: number): void {
    this.#out.copy(this.#bytes, this.#from, end);
    this.#from = end;
  }

  #before({ kind, block, targets, moving, chosen }: FlowEvent): void {
    if (chosen !== null && this.#isLive) this.#fuel.chargeChosen(chosen, block.isCached);
    switch (kind) {
      case FLOW.loop:
      case FLOW.else:
      case FLOW.catch:
        this.#arrive(block);
        break;
      case FLOW.end:
        this.#beforeEnd(block);
        break;
      case FLOW.br:
      case FLOW.brIf:
      case FLOW.brTable:
        for (const target of targets) this.#arrive(target);
        break;
      case FLOW.exit:
      case FLOW.trap:
      case FLOW.call:
        if (this.#isLive) this.#fuel.store();
        break;
      case FLOW.bulk:
        if (this.#isLive && moving !== null) this.#fuel.chargeMoving(moving, block.isCached);
        break;
      default:
    }
  }

  #after({ kind, block, charge }: FlowEvent): void {
    switch (kind) {
      case FLOW.loop:
        this.#resume(labelOf(block), charge, block);
        break;
      case FLOW.if:
        block.heldAtFork = this.#fuel.held;
        this.#resume(this.#fuel.held, charge, block);
        break;
      case FLOW.else:
        this.#resume(block.heldAtFork, block.otherCharge, block);
        break;
      case FLOW.catch:
        this.#resume(HELD.global, charge, block);
        break;
      case FLOW.end:
        if (block.kind !== FLOW.loop && block.parent !== null) this.#resume(block.heldAtLabel, charge, block.parent);
        break;
      case FLOW.brIf:
        this.#charge(charge, block);
        break;
      case FLOW.call:
        this.#fuel.held = HELD.global;
        break;
      case FLOW.br:
      case FLOW.brTable:
      case FLOW.exit:
      case FLOW.trap:
        this.#isLive = false;
        break;
      default:
    }
  }

  /** The `end` of an `if` without `else` is where its other arm starts and ends. It becomes an arm if it has to pay. */
  #beforeEnd(block: Block): void {
    if (block.kind === FLOW.loop) return;
    this.#arrive(block);
    if (block.kind !== FLOW.if || block.hasElse) return;
    const isFit = (block.heldAtFork & labelOf(block)) !== 0;
    if (isFit && block.otherCharge === 0) {
      block.heldAtLabel &= block.heldAtFork;
      return;
    }
    this.#out.byte(OP.else);
    this.#resume(block.heldAtFork, block.otherCharge, block);
    this.#arrive(block);
  }

  /** Lets that hold the fuel which has to at the block's label. */
  #arrive(block: Block): void {
    if (!this.#isLive) return;
    if (block.arrivesCached) this.#fuel.load();
    else this.#fuel.store();
    block.heldAtLabel &= this.#fuel.held;
  }

  /** Goes on at a label. */
  #resume(held: number, charge: number, block: Block): void {
    this.#isLive = true;
    this.#fuel.held = held;
    this.#charge(charge, block);
  }

  #charge(amount: number, block: Block): void {
    if (this.#isLive) this.#fuel.charge(amount, block.isCached);
  }
}

function labelOf(block: Block): number {
  return block.arrivesCached ? HELD.local : HELD.global;
}
