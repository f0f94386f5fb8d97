/**
 * Questions that wait for their answer from another thread. A question is known by its id; it is answered or refused
 * once, and an answer to an id that no longer waits is ignored. When the other thread dies, `refuseAll` rejects every
 * question with the cause.
 */

import { TransientMap } from '../machines/collections/transient-map.ts';

/** What a thread can be asked, by name: a function from the argument to the answer. */
// biome-ignore lint/suspicious/noExplicitAny: only `any` lets each question have an argument of its own type.
export type QuestionsOf<Q> = { readonly [M in keyof Q]: (params: any) => unknown };
export type ParamsOf<Q extends QuestionsOf<Q>, M extends keyof Q> = Parameters<Q[M]>[0];
export type AnswerOf<Q extends QuestionsOf<Q>, M extends keyof Q> = ReturnType<Q[M]>;
/** A question as the message that carries it: `method` and `params` belong together. */
export type AskedOf<Q extends QuestionsOf<Q>> = {
  [M in keyof Q]: { readonly id: number; readonly method: M; readonly params: ParamsOf<Q, M> };
}[keyof Q];

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

export class Questions {
  readonly #waiting = new TransientMap<number, Waiting>();
  #lastId = 0;

  /** How many questions wait for their answer. */
  get size(): number {
    return this.#waiting.size;
  }

  /** Sends a question under a new id and resolves with its answer. Also rejects when `send` throws. */
  ask<A>(send: (id: number) => void): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      this.put(send, { resolve: resolve as (answer: unknown) => void, reject });
    });
  }

  /** Does the same for one who cannot await a promise. */
  put(send: (id: number) => void, waiting: Waiting): void {
    this.#lastId += 1;
    const id = this.#lastId;
    send(id);
    this.#waiting.set(id, waiting);
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
