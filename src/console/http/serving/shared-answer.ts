/** Answers that cost the scheduler more the more is installed: those who ask at the same time share them. */
import type { SchedulerSource } from '../../scheduler-source.ts';

/**
 * Makes one answer at a time for each source. Whoever asks while one is made shares the following one, because the
 * present one may be older than the question.
 */
export function shared<T>(make: (source: SchedulerSource) => Promise<T>): (source: SchedulerSource) => Promise<T> {
  const turns = new WeakMap<SchedulerSource, Turns<T>>();
  return (source) => {
    const known = turns.get(source) ?? new Turns(() => make(source));
    turns.set(source, known);
    return known.ask();
  };
}

class Turns<T> {
  readonly #make: () => Promise<T>;
  #present: Promise<T> | null = null;
  #following: Promise<T> | null = null;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  ask(): Promise<T> {
    if (this.#present === null) return this.#begin();
    this.#following ??= this.#present.then(
      () => this.#follow(),
      () => this.#follow(),
    );
    return this.#following;
  }

  #follow(): Promise<T> {
    this.#following = null;
    return this.#begin();
  }

  #begin(): Promise<T> {
    const present = this.#make().finally(() => {
      if (this.#following === null) this.#present = null;
    });
    this.#present = present;
    return present;
  }
}
