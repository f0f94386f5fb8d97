import type { Decision } from '../run.ts';

/** A longer span would say too little, and would outlive what retention is meant to drop. */
const MAX_SPAN_MS = 3_600_000;

/**
 * Merges two decisions in a row into one, or returns null when they differ. A schedule that is due every second and
 * overlaps for an hour takes a few decisions this way, not thousands. Only the latest decision of a schedule may be
 * extended, and not past a change in its life (a pause, a new expression): between its first and its last occurrence
 * there are only runs.
 */
export function extended(last: Decision, next: Decision): Decision | null {
  const isSame =
    last.key === next.key &&
    last.nodeId === next.nodeId &&
    last.outcome === next.outcome &&
    last.reason === next.reason &&
    last.pass === next.pass &&
    last.isManual === next.isManual &&
    last.error?.message === next.error?.message;
  const isNear = next.fromMs > last.untilMs && next.untilMs - last.fromMs <= MAX_SPAN_MS;
  if (!isSame || !isNear) return null;
  return { ...last, untilMs: next.untilMs, count: last.count + next.count, atMs: next.atMs };
}
