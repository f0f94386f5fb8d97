/**
 * Long work that operators ask for, one piece after the other. Each piece is cut into slices, and several pieces at a
 * time would have a slice each in every turn of the event loop: together they would hold up the clock after all.
 */
export class InTurn {
  #last: Promise<unknown> = Promise.resolve();

  /** Does the work when all that was given before is done, however that ended. */
  do<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
