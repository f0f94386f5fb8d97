/**
 * Where a function pays for its instructions. At each point of a function something is paid for in advance: what the
 * cheapest way from there to the function's end costs. Where two ways part, the cheaper one then has to pay nothing
 * more, and the other one pays the difference. So most blocks pay nothing, every way through the function pays for
 * exactly what it executes, and every loop pays at least once in each turn.
 *
 * Ways that end in a trap do not count for the cheapest. They keep what was paid, although they end early.
 */
import { type Block, FLOW, type FlowEvent, type FunctionFlow } from './flow.ts';

/** More than the instructions of any function: the cost of a way that does not lead to the function's end. */
const ENDLESS = 2 ** 40;
/** After so many passes over a function every block pays for itself. */
const MAX_PASSES = 12;

/** Sets what each event charges. Returns what has to be paid at the start of the function. */
export function placeCharges(flow: FunctionFlow): number {
  const potentials = new Potentials(flow);
  for (let pass = 0; potentials.lower(); pass += 1) {
    if (pass === MAX_PASSES) potentials.reset();
  }
  return potentials.startCharge;
}

class Potentials {
  readonly #flow: FunctionFlow;
  #isChanged = false;
  /** What is paid at the start of the function. */
  #start = 0;

  constructor(flow: FunctionFlow) {
    this.#flow = flow;
    // Behind the end of the function nothing may be left over, and an exception leaves what was paid behind.
    for (const block of flow.blocks) block.paid = block.isCaught || block.parent === null ? 0 : ENDLESS;
  }

  get startCharge(): number {
    return difference(this.#start, 0);
  }

  /** Lets every block pay for itself, which is always right. */
  reset(): void {
    for (const block of this.#flow.blocks) block.paid = 0;
  }

  /** One pass from the end to the start. Returns whether some label has less paid than was assumed. */
  lower(): boolean {
    const { events } = this.#flow;
    this.#isChanged = false;
    let paid = 0;
    for (let index = events.length - 1; index >= 0; index -= 1) {
      const event = events[index] as FlowEvent;
      paid = this.#before(event, paid) + event.straight;
    }
    this.#start = paid;
    return this.#isChanged;
  }

  /** What is paid before an event, from what is to be paid behind it. */
  #before(event: FlowEvent, after: number): number {
    switch (event.kind) {
      case FLOW.loop:
        return this.#label(event, after);
      case FLOW.if:
        return branchOff(event, after);
      case FLOW.else:
        event.block.otherArm = after;
        return event.block.paid;
      case FLOW.catch:
        event.charge = difference(after, 0);
        return event.block.paid;
      case FLOW.end:
        return event.block.kind === FLOW.loop ? after : this.#label(event, after);
      case FLOW.br:
      case FLOW.brTable:
        return this.#branch(event);
      case FLOW.brIf:
        return this.#branchOrNot(event, after);
      case FLOW.exit:
        return event.cost;
      case FLOW.trap:
        return ENDLESS + event.cost;
      case FLOW.call:
        event.isLast = after >= ENDLESS;
        return after + event.cost;
      default:
        return after + event.cost;
    }
  }

  /** Control arrives at a label with what is paid there, however it came. The rest is paid behind the label. */
  #label(event: FlowEvent, after: number): number {
    this.#lowerTo(event.block, after);
    event.charge = difference(after, event.block.paid);
    return event.block.paid;
  }

  #branch({ targets, cost }: FlowEvent): number {
    let least = ENDLESS;
    for (const { paid } of targets) least = Math.min(least, paid);
    for (const target of targets) this.#lowerTo(target, least);
    return least + cost;
  }

  /** There is no place to pay on the way of a branch that is taken, so the other way pays the difference. */
  #branchOrNot(event: FlowEvent, after: number): number {
    for (const target of event.targets) {
      this.#lowerTo(target, after);
      event.charge = difference(after, target.paid);
    }
    return this.#branch(event);
  }

  #lowerTo(block: Block, paid: number): void {
    if (paid >= block.paid) return;
    block.paid = paid;
    this.#isChanged = true;
  }
}

function branchOff(event: FlowEvent, after: number): number {
  const { block } = event;
  const other = block.hasElse ? block.otherArm : block.paid;
  const least = Math.min(after, other);
  event.charge = difference(after, least);
  block.otherCharge = difference(other, least);
  return least + event.cost;
}

/** What is still to be paid where `due` has to be paid in all, and `paid` is. */
function difference(due: number, paid: number): number {
  if (due < ENDLESS || paid >= ENDLESS) return due - paid;
  return Math.max(0, due - ENDLESS - paid);
}
