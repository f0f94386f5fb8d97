import { InTurn } from './in-turn.ts';
import type { OperatedNode } from './operated-node.ts';

type Past = OperatedNode['past'];

/**
 * What operators read of the past, one read after the other: in a store, claims wait for the reads that came before them,
 * so that no more than one may be on its way, however many operators there are.
 */
export function pastInTurn(past: Past): Past {
  const reads = new InTurn();
  return {
    history: (query) => reads.do(() => past.history(query)),
    explain: (key, atMs) => reads.do(() => past.explain(key, atMs)),
    life: (key) => reads.do(() => past.life(key)),
  };
}
