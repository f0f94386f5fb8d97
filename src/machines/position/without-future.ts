import type { Pause } from '../schedule-entries.ts';

/** The instants of a schedule's life, epoch milliseconds. */
interface LifeInstants {
  readonly createdAtMs: number;
  readonly pause?: Pause;
  readonly lastSuccessAtMs?: number;
  readonly activeSinceMs?: number;
}

/** Nothing of a schedule's life lies in the future. What the clock says otherwise was written before it was set back. */
export function withoutFuture<S extends LifeInstants>(state: S, nowMs: number): S {
  const { createdAtMs, pause, lastSuccessAtMs, activeSinceMs } = state;
  const others = [pause?.atMs, lastSuccessAtMs, activeSinceMs].filter((atMs) => atMs !== undefined);
  if (Math.max(createdAtMs, ...others) <= nowMs) return state;
  const byMs = pause === undefined ? 0 : Math.min(nowMs - pause.atMs, 0);
  return {
    ...state,
    createdAtMs: Math.min(createdAtMs, nowMs),
    ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs: Math.min(lastSuccessAtMs, nowMs) }),
    ...(activeSinceMs !== undefined && { activeSinceMs: Math.min(activeSinceMs, nowMs) }),
    ...(pause && {
      pause: {
        ...pause,
        atMs: pause.atMs + byMs,
        ...(pause.probeAtMs !== undefined && { probeAtMs: pause.probeAtMs + byMs }),
      },
    }),
  };
}
