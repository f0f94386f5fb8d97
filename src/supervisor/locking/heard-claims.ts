/** What this node remembers at most. A claim that is forgotten costs a question. */
const MAX_CLAIMS = 20_000;

/** The claims that other nodes have said to be theirs. Nobody needs to ask for these. */
export class HeardClaims {
  /** In the order in which they were heard. */
  readonly #keys = new Set<string>();

  add(keys: readonly string[]): void {
    for (const key of keys) this.#keys.add(key);
    for (const key of this.#keys) {
      if (this.#keys.size <= MAX_CLAIMS) return;
      this.#keys.delete(key);
    }
  }

  /** Also forgets it: an occurrence that comes again is asked for. */
  take(key: string): boolean {
    return this.#keys.delete(key);
  }
}
