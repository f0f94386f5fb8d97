/** The newest items, of which at most `capacity` can be seen from outside. */
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
    // Twice the capacity is kept before half is dropped, so that not every new item copies the whole array.
    if (this.#items.length > 2 * this.#capacity) this.#items = this.#items.slice(-this.#capacity);
  }

  /** Replaces an item; does nothing if that item was already dropped. */
  replace(item: T, by: T): void {
    const index = this.#items.lastIndexOf(item);
    if (index !== -1) this.#items[index] = by;
  }

  /** Oldest first. */
  items(): readonly T[] {
    return this.#items.slice(-this.#capacity);
  }

  /** The newest items that match, newest first. */
  newest(matches: (item: T) => boolean, limit: number): T[] {
    const found: T[] = [];
    const oldest = Math.max(this.#items.length - this.#capacity, 0);
    for (let index = this.#items.length - 1; index >= oldest && found.length < limit; index--) {
      const item = this.#items[index] as T;
      if (matches(item)) found.push(item);
    }
    return found;
  }
}
