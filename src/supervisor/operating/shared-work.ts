import type { InTurn } from './in-turn.ts';

/**
 * Long work whose result is shared by all who ask for the same before it begins: everybody with the console open asks at
 * the same events, and what nobody has to wait for twice is done once.
 */
export class SharedWork<T> {
  readonly #longWork: InTurn;
  /** By name: what somebody waits for and nobody has begun. */
  readonly #waiting = new Map<string, Promise<T>>();

  constructor(longWork: InTurn) {
    this.#longWork = longWork;
  }

  /** @param name Says what is asked: work of the same name has the same result. */
  do(name: string, work: () => Promise<T>): Promise<T> {
    const waiting = this.#waiting.get(name);
    if (waiting !== undefined) return waiting;
    const result = this.#longWork.do(() => {
      this.#waiting.delete(name);
      return work();
    });
    this.#waiting.set(name, result);
    return result;
  }
}
