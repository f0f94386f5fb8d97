import type { Clock } from '../../supervisor/ports/clock.ts';

/** Makes ids for the rows of decisions, which differ from those of other nodes and of this node's earlier lives. */
export function spanIds(clock: Clock, nodeId: () => string): () => string {
  let lastId = 0;
  return () => {
    lastId += 1;
    return `${nodeId()}:${Math.floor(clock.nowMs())}:${lastId}`;
  };
}
