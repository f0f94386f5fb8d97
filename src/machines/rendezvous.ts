/**
 * Which node may try for an occurrence first: rendezvous hashing (Thaler and Ravishankar, 1998). Every node computes
 * the same order of the nodes from nothing but their ids and the occurrence. A node that joins or leaves does not
 * reorder the others.
 */
import { hash } from './hash.ts';

/** The place of a node in the order for an occurrence, from 0. A node that is not in the list yet comes last. */
export function turnOf(nodeId: string, nodeIds: readonly string[], occurrence: string): number {
  const own = hash(`${nodeId} ${occurrence}`);
  let turn = 0;
  for (const other of nodeIds) {
    const weight = hash(`${other} ${occurrence}`);
    if (other !== nodeId && (weight > own || (weight === own && other > nodeId))) turn += 1;
  }
  return nodeIds.includes(nodeId) ? turn : nodeIds.length;
}

/** Later nodes look only every half second, so that one round trip tells them about all that fell due since. */
const LOOK_MS = 500;
/** How long the first node has to get its claim through. */
const HEAD_START_MS = 100;
/** How much later the remaining nodes look: before the next second begins, when most schedules fall due again. */
const REST_MS = 400;

/**
 * How long after an occurrence is due a node tries for it. The first node tries at once. The second one waits for the
 * next half second, which gives the first a little time. All others look later still, mostly to find out that it was
 * claimed.
 */
export function turnDelayMs(turn: number, dueAtMs: number): number {
  if (turn === 0) return 0;
  const nextLookMs = Math.ceil((dueAtMs + HEAD_START_MS) / LOOK_MS) * LOOK_MS;
  return nextLookMs - dueAtMs + (turn === 1 ? 0 : REST_MS);
}

/** The longest of these delays. */
export const MAX_TURN_DELAY_MS = LOOK_MS + HEAD_START_MS + REST_MS;
