/** The newest items, `capacity` at most. A full ring writes each new item over the oldest one. */
export class Ring<T> {
  readonly #capacity: number;
  readonly #items: T[];
  /** Where the oldest item is, once the ring is full. */
  #oldest = 0;

  constructor(capacity: number, items: readonly T[] = []) {
    this.#capacity = capacity;
    this.#items = items.slice(Math.max(items.length - capacity, 0));
  }

  get last(): T | undefined {
    return this.#items[this.#indexOf(0)];
  }

  push(item: T): void {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
    } else if (this.#capacity > 0) {
      this.#items[this.#oldest] = item;
      this.#oldest = (this.#oldest + 1) % this.#capacity;
    }
  }

  /** Replaces an item; does nothing if that item was already dropped. */
  replace(item: T, by: T): void {
    const index = this.#items.lastIndexOf(item);
    if (index !== -1) this.#items[index] = by;
  }

  /** Oldest first. */
  items(): readonly T[] {
    return [...this.#items.slice(this.#oldest), ...this.#items.slice(0, this.#oldest)];
  }

  /** The newest items that match, newest first. */
  newest(matches: (item: T) => boolean, limit: number): T[] {
    const found: T[] = [];
    for (let age = 0; age < this.#items.length && found.length < limit; age++) {
      const item = this.#items[this.#indexOf(age)] as T;
      if (matches(item)) found.push(item);
    }
    return found;
  }

  /** Where the item is that `age` newer ones came after. */
  #indexOf(age: number): number {
    const { length } = this.#items;
    return (this.#oldest + length - 1 - age) % length;
  }
}
