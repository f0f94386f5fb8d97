/**
 * Where a run stands once it has left the queue, and what limits each phase in time:
 *
 *   dispatched → loading → running → stopping → ending → over (→ quarantined: over, but its thread is not)
 *   entry        load      wall      grace      EXIT
 *
 * From `running` and `stopping` a run that has finished goes on to `leaving`, which lasts until its worker is free
 * again (ANSWER), and from there to `over`.
 */
export type RunPhase =
  | 'dispatched'
  | 'loading'
  | 'running'
  | 'stopping'
  | 'leaving'
  | 'ending'
  | 'quarantined'
  | 'over';

/** The run has a thread, and nobody has asked it to stop yet. */
export const STOPPABLE: ReadonlySet<RunPhase> = new Set<RunPhase>(['dispatched', 'loading', 'running']);

/** The run has a worker that is not being terminated. */
export const ENDABLE: ReadonlySet<RunPhase> = new Set<RunPhase>([...STOPPABLE, 'stopping', 'leaving']);

/** The plugin's code executes, and its thread is not being terminated. */
export const MEASURED: ReadonlySet<RunPhase> = new Set<RunPhase>(['loading', 'running', 'stopping']);
