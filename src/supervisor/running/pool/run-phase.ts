/**
 * Where a run stands once it has left the queue, and what limits each phase in time:
 *
 *   dispatched → loading → running → stopping → ending → over (→ quarantined: over, but its thread is not)
 *   entry        load      wall      grace      EXIT
 */
export type RunPhase = 'dispatched' | 'loading' | 'running' | 'stopping' | 'ending' | 'quarantined' | 'over';

/** The run has a thread, and nobody has asked it to stop yet. */
export const STOPPABLE: ReadonlySet<RunPhase> = new Set<RunPhase>(['dispatched', 'loading', 'running']);

/** `run()` is executing, and its thread is not being terminated. */
export const EXECUTING: ReadonlySet<RunPhase> = new Set<RunPhase>(['running', 'stopping']);
