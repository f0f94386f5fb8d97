/**
 * Where a function keeps the fuel in a local instead of the global. A loop without calls does: there a charge costs one
 * subtraction and one comparison, and no access to memory. Elsewhere charges go to the global, which a call needs anyway.
 */
import { type Block, FLOW, type FlowEvent, type FunctionFlow, HELD } from './flow.ts';

/** Decides for each block whether it keeps the fuel in the local, and what holds it at its label. */
export function chooseCaching({ events, blocks }: FunctionFlow): void {
  for (const event of events) {
    if (event.kind === FLOW.call && !event.isLast) markCalls(event.block);
  }
  for (const block of blocks) {
    block.isCached = (block.parent?.isCached ?? false) || (block.kind === FLOW.loop && !block.hasCalls);
    block.arrivesCached = block.isCached && !block.isCaught;
    // An exception brings the fuel in the global alone: what threw it has charged there, and the local is as it was.
    block.heldAtLabel = block.isCaught ? HELD.global : HELD.both;
  }
  for (const event of events) {
    if (event.block.isCached) arriveCached(event);
  }
}

function markCalls(innermost: Block): void {
  for (let block: Block | null = innermost; block !== null && !block.hasCalls; block = block.parent) {
    block.hasCalls = true;
  }
}

/** Whoever leaves a loop by a branch takes the fuel along in the local, so that it is put back once, behind the loop. */
function arriveCached({ targets }: FlowEvent): void {
  for (const target of targets) {
    if (!target.isCaught && target.parent !== null) target.arrivesCached = true;
  }
}
