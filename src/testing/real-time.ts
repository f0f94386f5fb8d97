/** What a virtual clock needs of real time: the turns in which promises, real timers and real I/O get on. */

/** Resolves after one turn of the event loop, in which real timers and I/O get their turn too. */
export function turnOfTheEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when no promise can settle without a turn of the event loop: Node runs ticks when no microtask is left. */
export async function endOfMicrotasks(): Promise<void> {
  // If this is called from within a tick, another tick would come before the remaining microtasks.
  await null;
  await new Promise<void>((resolve) => process.nextTick(resolve));
}

/** Whether `work` settles within `realMs` of real time. Resolves as soon as that is known. */
export function settlesWithin(work: Promise<unknown>, realMs: number): Promise<boolean> {
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), realMs);
    const isOver = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    work.then(isOver, isOver);
  });
}
