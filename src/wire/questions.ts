/**
 * Questions that wait for their answer from another thread. A question is known by its id; it is answered or refused
 * once, and what arrives for an id that no longer waits is ignored. When the other thread dies, `refuseAll` ends the
 * wait of everyone with the cause.
 */

/** What can be asked of a thread, by name: a function from its argument to its answer. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` lets each question have an argument of its own type.
export type QuestionsOf<Q> = { readonly [M in keyof Q]: (params: any) => unknown };
export type ParamsOf<Q extends QuestionsOf<Q>, M extends keyof Q> = Parameters<Q[M]>[0];
export type AnswerOf<Q extends QuestionsOf<Q>, M extends keyof Q> = ReturnType<Q[M]>;

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class Questions {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** How many wait for an answer. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Sends a question under a new id, and resolves with its answer. Rejects when `send` throws, too. */
  ask<A>(send: (id: number) => void): Promise<A> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise<A>((resolve, reject) => {
      send(id);
      this.#waiting.set(id, { resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  answer(id: number, answer: unknown): void {
    this.#take(id)?.resolve(answer);
  }

  refuse(id: number, error: Error): void {
    this.#take(id)?.reject(error);
  }

  refuseAll(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }
}
