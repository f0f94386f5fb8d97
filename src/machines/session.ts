/** One opening of a store by a supervisor. */
export interface Session {
  readonly nodeId: string;
  /** Identifies the scheduler: all supervisor threads that it starts one after another have the same. */
  readonly incarnationId: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** From when to when a supervisor is known to have been running. Epoch milliseconds. */
export interface SessionSpan {
  readonly nodeId: string;
  readonly incarnationId: string;
  readonly startedAtMs: number;
  /** When it last wrote something. */
  readonly seenAtMs: number;
  /** Absent while it is running, and if it did not stop in good order. */
  readonly stoppedAtMs?: number;
}

/** A time in which no supervisor was running. An open end is absent. */
export interface DownTime {
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/**
 * The time without a supervisor around an instant, or null if one was running then. `sessions` are in order of their
 * start.
 */
export function downTimeAt(sessions: readonly SessionSpan[], atMs: number): DownTime | null {
  const before = sessions.filter(({ startedAtMs }) => startedAtMs <= atMs);
  const seenAtMs = Math.max(...before.map((span) => span.seenAtMs));
  if (seenAtMs >= atMs) return null;
  const next = sessions.find(({ startedAtMs }) => startedAtMs > atMs);
  return {
    ...(before.length > 0 && { fromMs: seenAtMs }),
    ...(next !== undefined && { untilMs: next.startedAtMs }),
  };
}
