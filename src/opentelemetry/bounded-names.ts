/** So many names for metrics and no more: each one is a series that is kept for ever, and plugins choose them. */
export class BoundedNames {
  readonly #max: number;
  readonly #others: string;
  readonly #known = new Set<string>();

  /** @param others What all names are called that come after the first `max`. */
  constructor(max: number, others: string) {
    this.#max = max;
    this.#others = others;
  }

  of(name: string): string {
    if (this.#known.has(name)) return name;
    if (this.#known.size >= this.#max) return this.#others;
    this.#known.add(name);
    return name;
  }
}
