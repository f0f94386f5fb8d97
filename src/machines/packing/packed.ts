/** Things on their way to another thread, in their order. What happened to ordinary runs is packed into rows. */
import { type RunFact, RunPacker, type RunRows, unpackRuns } from './run-rows.ts';

export interface Packed<T> {
  /** Null when nothing is packed: then `others` are all there is. */
  readonly rows: RunRows | null;
  readonly others: readonly T[];
}

/** Collects what is to be sent. */
export class Packing<T> {
  readonly #packer = new RunPacker();
  readonly #factOf: (item: T) => RunFact | null;
  #others: T[] = [];
  #isLastPacked = false;

  /** @param factOf What an item says of a run; null for one that says something else. */
  constructor(factOf: (item: T) => RunFact | null) {
    this.#factOf = factOf;
  }

  get isEmpty(): boolean {
    return this.#packer.isEmpty && this.#others.length === 0;
  }

  /** What was added last, if it is not packed. */
  get lastOther(): T | undefined {
    return this.#isLastPacked ? undefined : this.#others.at(-1);
  }

  add(item: T): void {
    const fact = this.#factOf(item);
    this.#isLastPacked = fact !== null && this.#packer.add(fact);
    if (this.#isLastPacked) return;
    this.#packer.leavePlace();
    this.#others.push(item);
  }

  /** What was added since the last call. */
  take(): Packed<T> {
    const others = this.#others;
    const isPacked = !this.#packer.isEmpty;
    const rows = this.#packer.take();
    this.#others = [];
    this.#isLastPacked = false;
    return { rows: isPacked ? rows : null, others };
  }
}

/**
 * What was packed, in its order.
 * @param itemOf Makes an item of what it says of a run.
 */
export function unpack<T>({ rows, others }: Packed<T>, itemOf: (fact: RunFact) => T): readonly T[] {
  if (rows === null) return others;
  let place = 0;
  return unpackRuns(rows).map((fact) => {
    if (fact !== null) return itemOf(fact);
    const other = others[place];
    place += 1;
    if (other === undefined) throw new TypeError('something that was to be beside the rows is not there');
    return other;
  });
}
