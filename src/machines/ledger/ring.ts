/** The newest items, at most `capacity` of them when they are looked at from outside. */
export class Ring<T> {
  readonly #capacity: number;
  #items: T[];

  constructor(capacity: number, items: readonly T[] = []) {
    this.#capacity = capacity;
    this.#items = items.slice(-capacity);
  }

  get last(): T | undefined {
    return this.#items.at(-1);
  }

  push(item: T): void {
    this.#items.push(item);
    // Twice the capacity is kept before half is dropped, so that one more item costs no copy of the whole.
    if (this.#items.length > 2 * this.#capacity) this.#items = this.#items.slice(-this.#capacity);
  }

  /** Puts another item in the place of one that is still there; a dropped one stays dropped. */
  replace(item: T, by: T): void {
    const index = this.#items.lastIndexOf(item);
    if (index !== -1) this.#items[index] = by;
  }

  /** Oldest first. */
  items(): readonly T[] {
    return this.#items.slice(-this.#capacity);
  }

  /** The newest items that fit, newest first. */
  newest(fits: (item: T) => boolean, limit: number): T[] {
    const found: T[] = [];
    const oldest = Math.max(this.#items.length - this.#capacity, 0);
    for (let index = this.#items.length - 1; index >= oldest && found.length < limit; index--) {
      const item = this.#items[index] as T;
      if (fits(item)) found.push(item);
    }
    return found;
  }
}
