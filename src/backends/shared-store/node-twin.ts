import type { Session } from '../../machines/session.ts';
import { type Clock, pause } from '../../supervisor/ports/clock.ts';
import { busyMs } from './looking/look-pace.ts';
import type { SharedBackend } from './shared-backend.ts';

/** A node that is alive shows a sign of life within this time, if it hears that it is asked for one or hears nothing. */
const WATCH_MS = 1_200;
/** How often the sign is read. */
const READ_MS = 200;

/**
 * Two processes with one node id would take each other's runs for their own. One that has died counts as alive for a
 * while, so a node that finds its name in use asks for a sign of life, and waits whether the other shows one. Rejects
 * if it does. News get lost at times, and then only the other's next look shows that it is alive. So if the other has
 * runs, the wait is longer than the longest time between two looks of a node that has some.
 */
export async function mustBeAlone(
  session: Session,
  backend: SharedBackend,
  { clock, ttlMs }: { readonly clock: Clock; readonly ttlMs: number },
): Promise<void> {
  const before = await backend.signOfTwin(session);
  if (before === null) return;
  await backend.askForSigns?.(session);
  const claims = await backend.openClaims();
  const hasRuns = claims.some(({ nodeId }) => nodeId === session.nodeId);
  const untilMs = clock.monotonicMs() + WATCH_MS + (hasRuns ? busyMs(ttlMs) : 0);
  while (clock.monotonicMs() < untilMs) {
    await pause(clock, READ_MS);
    const now = await backend.signOfTwin(session);
    // It has left, or it has shown no sign of life for so long that it counts as gone.
    if (now === null) return;
    if (now !== before) throw inUse(session);
  }
}

function inUse({ nodeId }: Session): Error {
  return new Error(
    `the node id "${nodeId}" is in use by another process: give each process a node id of its own, or none`,
  );
}
