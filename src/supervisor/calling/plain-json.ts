const MAX_DEPTH = 64;

/**
 * Whether a value that has crossed threads is JSON. Such a value has no getters and is no Proxy, so it is read as it is,
 * many times faster than `jsonProblem` does, which says what is wrong with one that is not.
 * @param maxNodes How many values it may consist of.
 */
export function isPlainJson(value: unknown, maxNodes: number): boolean {
  return new Look(maxNodes).isJson(value, 0);
}

class Look {
  #nodesLeft: number;

  constructor(maxNodes: number) {
    this.#nodesLeft = maxNodes;
  }

  isJson(value: unknown, depth: number): boolean {
    this.#nodesLeft -= 1;
    if (this.#nodesLeft < 0) return false;
    if (typeof value === 'string' || typeof value === 'boolean' || value === null) return true;
    if (typeof value === 'number') return Number.isFinite(value);
    if (typeof value !== 'object' || depth >= MAX_DEPTH) return false;
    return Array.isArray(value) ? this.#isList(value, depth) : this.#isRecord(value, depth);
  }

  /** A hole is undefined, which ends the loop. */
  #isList(list: readonly unknown[], depth: number): boolean {
    for (let index = 0; index < list.length; index += 1) if (!this.isJson(list[index], depth + 1)) return false;
    return true;
  }

  #isRecord(record: object, depth: number): boolean {
    if (Object.getPrototypeOf(record) !== Object.prototype || Object.hasOwn(record, '__proto__')) return false;
    for (const key of Object.keys(record)) {
      const field = (record as Readonly<Record<string, unknown>>)[key];
      // As in JSON, a field that is undefined is not there.
      if (field !== undefined && !this.isJson(field, depth + 1)) return false;
    }
    return true;
  }
}
