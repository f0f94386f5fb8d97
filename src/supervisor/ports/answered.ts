/**
 * An answer that is known now, or a promise of it. What a store in memory answers is known at once, and a turn of the
 * event loop between the steps of a run would be most of what an empty run costs.
 */
export type Answered<T> = T | Promise<T>;

/** Uses an answer when it is known: at once, if it is. */
export function whenKnown<T, U>(answer: Answered<T>, use: (known: T) => U): Answered<U> {
  return answer instanceof Promise ? answer.then(use) : use(answer);
}
