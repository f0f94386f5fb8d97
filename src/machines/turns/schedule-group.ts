/**
 * Which schedules a node has that nodes have to agree on. Nodes with the same schedules have the same group, which is
 * named by its content: its id is the number of keys and the sum of two hashes of each. So adding or removing a key costs
 * the same however many there are, and their order does not matter. If two groups ever got one id, nodes would only wait
 * for a turn in vain.
 */
import { hash } from '../hash.ts';

export class ScheduleGroup {
  #size = 0;
  #low = 0;
  #high = 0;

  /** How many keys it has. */
  get size(): number {
    return this.#size;
  }

  /** Such as `2-0b5c1d6e9f3a4827`. */
  get id(): string {
    return `${this.#size}-${hexOf(this.#high)}${hexOf(this.#low)}`;
  }

  /** Adds a key that it does not have. */
  add(key: string): void {
    this.#count(key, 1);
  }

  /** Removes a key that it has. */
  remove(key: string): void {
    this.#count(key, -1);
  }

  #count(key: string, by: 1 | -1): void {
    this.#size += by;
    this.#low = (this.#low + by * hash(key)) >>> 0;
    this.#high = (this.#high + by * hash(`group ${key}`)) >>> 0;
  }
}

function hexOf(sum: number): string {
  return sum.toString(16).padStart(8, '0');
}
