/**
 * A map whose entries come and go, as those of runs do.
 *
 * V8's own `Map` goes on in a new table when it has taken in and dropped as many entries as the old one has room for, and
 * the old table refers to the new one, for the sake of iterators. A table that has lived through two collections counts
 * as old, and only a full collection frees it. Until then it keeps the tables that follow it, though it is dead, and with
 * them all that was in them when they were left: with many runs in flight, most of what every run has made. So what a
 * table holds here is a box, and the box of an entry that is gone is empty.
 */
export class TransientMap<K, V extends object> {
  readonly #boxes = new Map<K, Box<V>>();

  get size(): number {
    return this.#boxes.size;
  }

  get(key: K): V | undefined {
    return this.#boxes.get(key)?.value;
  }

  has(key: K): boolean {
    return this.#boxes.has(key);
  }

  set(key: K, value: V): void {
    const box = this.#boxes.get(key);
    if (box === undefined) this.#boxes.set(key, { value });
    else box.value = value;
  }

  /** Returns whether there was an entry. */
  delete(key: K): boolean {
    const box = this.#boxes.get(key);
    if (box === undefined) return false;
    box.value = undefined;
    return this.#boxes.delete(key);
  }

  clear(): void {
    for (const box of this.#boxes.values()) box.value = undefined;
    this.#boxes.clear();
  }

  keys(): IterableIterator<K> {
    return this.#boxes.keys();
  }

  /** In the order in which the entries came. */
  *values(): Generator<V, void> {
    for (const { value } of this.#boxes.values()) if (value !== undefined) yield value;
  }
}

interface Box<V> {
  /** Undefined once its entry is gone. */
  value: V | undefined;
}
