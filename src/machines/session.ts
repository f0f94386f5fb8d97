/** One opening of a store by a supervisor. */
export interface Session {
  /** The id of the node. */
  readonly nodeId: string;
  /** Identifies the scheduler: all supervisor threads that it starts one after another have the same. */
  readonly incarnationId: string;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** From when to when a supervisor is known to have been running. Epoch milliseconds. */
export interface SessionSpan {
  /** The id of the node. */
  readonly nodeId: string;
  /** The id of this life of the node: it is new after every start. */
  readonly incarnationId: string;
  /** When it started, in epoch milliseconds. */
  readonly startedAtMs: number;
  /** When it last wrote something. */
  readonly seenAtMs: number;
  /** Absent while it is running, and if it did not stop in good order. */
  readonly stoppedAtMs?: number;
}

/** A time in which no supervisor was running. An open end is absent. */
export interface DownTime {
  /** When it began, in epoch milliseconds. */
  readonly fromMs?: number;
  /** When it ended, in epoch milliseconds. */
  readonly untilMs?: number;
}

/**
 * The time without a supervisor around an instant, or null if one was running then, or may have been. `sessions` are in
 * the order in which they began. What they say of the future was written while the clock was ahead.
 */
export function downTimeAt(
  sessions: readonly SessionSpan[],
  { atMs, nowMs }: { readonly atMs: number; readonly nowMs: number },
): DownTime | null {
  const known = sessions.filter(({ startedAtMs }) => startedAtMs <= nowMs);
  if (known.some(({ startedAtMs, seenAtMs }) => startedAtMs <= atMs && seenAtMs >= atMs)) return null;
  const last = maxBy(known, ({ seenAtMs }) => (seenAtMs < atMs ? seenAtMs : null));
  const next = maxBy(known, ({ startedAtMs }) => (startedAtMs > atMs ? -startedAtMs : null));
  const between = sessions.slice(
    last === undefined ? 0 : sessions.indexOf(last) + 1,
    next === undefined ? sessions.length : sessions.indexOf(next),
  );
  // A supervisor that began between the two, at another time, went by a clock that was wrong.
  const untilMs = next?.startedAtMs ?? nowMs;
  const fromMs = last?.startedAtMs ?? Number.NEGATIVE_INFINITY;
  if (between.some(({ startedAtMs, seenAtMs }) => startedAtMs > untilMs || seenAtMs < fromMs)) return null;
  return {
    ...(last !== undefined && { fromMs: last.seenAtMs }),
    ...(next !== undefined && { untilMs: next.startedAtMs }),
  };
}

/** The session with the highest value, of those that have one; the later one of two that are equal. */
function maxBy(sessions: readonly SessionSpan[], rank: (span: SessionSpan) => number | null): SessionSpan | undefined {
  let best: { readonly span: SessionSpan; readonly value: number } | undefined;
  for (const span of sessions) {
    const value = rank(span);
    if (value !== null && value >= (best?.value ?? value)) best = { span, value };
  }
  return best?.span;
}
