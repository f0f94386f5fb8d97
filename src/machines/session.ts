/** A supervisor that has opened a store. */
export interface Session {
  readonly nodeId: string;
  /** One a scheduler: the same for all supervisor threads that it starts one after another. */
  readonly incarnationId: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** From when to when a supervisor was at work, as far as it could tell. Epoch milliseconds. */
export interface SessionSpan {
  readonly nodeId: string;
  readonly incarnationId: string;
  readonly startedAtMs: number;
  /** When it was last heard of. */
  readonly seenAtMs: number;
  /** Absent when it did not stop in good order, or is at work. */
  readonly stoppedAtMs?: number;
}

/** A time in which no supervisor was at work. An open end is absent. */
export interface DownTime {
  readonly fromMs?: number;
  readonly untilMs?: number;
}

/** The time without a supervisor around an instant, or null when one was at work then. Spans are in order of their start. */
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
