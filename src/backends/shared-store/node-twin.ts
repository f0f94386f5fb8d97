import type { Session } from '../../machines/session.ts';
import { type Clock, pause } from '../../supervisor/ports/clock.ts';
import type { SharedBackend } from './shared-backend.ts';

/** A node that is alive shows more than one sign of life within this time. */
const WATCH_MS = 1_200;

/**
 * Two processes with one node id would take each other's runs for their own. One that has died counts as alive for a
 * while, so a node that finds its name in use waits whether the other shows another sign of life. Rejects if it does.
 */
export async function mustBeAlone(session: Session, backend: SharedBackend, clock: Clock): Promise<void> {
  const before = await backend.signOfTwin(session);
  if (before === null) return;
  await pause(clock, WATCH_MS);
  const after = await backend.signOfTwin(session);
  if (after === null || after <= before) return;
  throw new Error(
    `the node id "${session.nodeId}" is in use by another process: give each process a node id of its own, or none`,
  );
}
