/**
 * The changes of plugins, one at a time for each name: a reload takes as long as a plugin takes to load, and another
 * change of the same plugin meanwhile would start from a version that is about to go. Plugins do not wait for each other.
 */
export class PluginTurns {
  /** The last change of each name that has one, settled whatever comes of it. */
  readonly #last = new Map<string, Promise<void>>();

  /** Makes the change once those that came before have ended: at once if there are none. */
  take<T>(name: string, change: () => Promise<T>): Promise<T> {
    const before = this.#last.get(name);
    const made = before === undefined ? change() : before.then(change);
    const over = made.then(nothing, nothing).then(() => {
      if (this.#last.get(name) === over) this.#last.delete(name);
    });
    this.#last.set(name, over);
    return made;
  }

  /** How many plugins have a change under way. */
  get size(): number {
    return this.#last.size;
  }
}

function nothing(): void {}
