import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Frees everything on this thread that nothing refers to. A `WeakRef` keeps its target until the turn is over. */
export async function collectGarbage(): Promise<void> {
  await nextTurn();
  collector()();
}

/** What collects garbage at once: all of it, or only what is young. */
export function collector(options?: { readonly type: 'minor' }): () => void {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: object) => void;
  // With an argument that is no object it collects only what is young.
  return () => (options === undefined ? collect() : collect(options));
}
