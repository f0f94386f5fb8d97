import type { OperatedNode } from './operated-node.ts';

type Past = OperatedNode['past'];

/**
 * What operators read of the past, one read after the other: in a store, claims wait for the reads that came before them,
 * so that no more than one may be on its way, however many operators there are.
 */
export function pastInTurn(past: Past): Past {
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(read: () => Promise<T>): Promise<T> => {
    const turn = last.then(read);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    history: (query) => inTurn(() => past.history(query)),
    explain: (key, atMs) => inTurn(() => past.explain(key, atMs)),
    life: (key) => inTurn(() => past.life(key)),
  };
}
