/**
 * Whose turn an occurrence is: rendezvous hashing (Thaler and Ravishankar, 1998). Every node computes the same order of the
 * nodes from their ids and the occurrence alone; a node that comes or goes changes the order of no two others.
 */
import { hash } from './hash.ts';

/** The place of a node in the order for an occurrence, from 0. A node that is not on the roster yet comes last. */
export function turnOf(nodeId: string, nodeIds: readonly string[], occurrence: string): number {
  const own = hash(`${nodeId} ${occurrence}`);
  let turn = 0;
  for (const other of nodeIds) {
    const weight = hash(`${other} ${occurrence}`);
    if (other !== nodeId && (weight > own || (weight === own && other > nodeId))) turn += 1;
  }
  return nodeIds.includes(nodeId) ? turn : nodeIds.length;
}

/** Later nodes look at whole half seconds, so that each finds out in one round trip about all that fell due meanwhile. */
const LOOK_MS = 500;
/** How long the node before has for its answer. */
const HEAD_START_MS = 100;
/** How much later the rest looks: before the next second begins, when most schedules fall due again. */
const REST_MS = 400;

/**
 * How long after it is due a node tries for an occurrence. The first one does so at once; the second at the next half second, by when
 * the first has had a little time; all others a little later: there it is a matter of finding out, seldom of running.
 */
export function turnDelayMs(turn: number, dueAtMs: number): number {
  if (turn === 0) return 0;
  const nextLookMs = Math.ceil((dueAtMs + HEAD_START_MS) / LOOK_MS) * LOOK_MS;
  return nextLookMs - dueAtMs + (turn === 1 ? 0 : REST_MS);
}

/** The longest of these delays. */
export const MAX_TURN_DELAY_MS = LOOK_MS + HEAD_START_MS + REST_MS;
