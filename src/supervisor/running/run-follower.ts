import { type LogLine, placeOf } from '../../machines/run.ts';
import type { ScheduleEvent } from '../../machines/schedule-events.ts';
import type { JsonValue } from '../../plugin.ts';
import type { Capacity } from '../cluster/capacity.ts';
import type { Onlookers } from '../operator-protocol.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { PluginCalls } from '../ports/plugin-calls.ts';
import type { RunListener, RunReport, RunStart } from '../ports/run-pool.ts';
import type { SupervisorEvent } from '../protocol.ts';
import type { Recorder } from '../recording/recorder.ts';
import { Facts } from '../schedules/facts.ts';
import type { RunInProgress } from './run-in-progress.ts';

const STARTED: ScheduleEvent = Object.freeze({ type: 'run.started' });
const REJECTED: ScheduleEvent = Object.freeze({ type: 'run.rejected' });

export interface RunFollowerParts {
  readonly clock: Clock;
  /** Null for a node that leaves nothing to others. */
  readonly capacity: Capacity | null;
  readonly log: Logger;
  readonly emit: (event: SupervisorEvent) => void;
  /** Those who look at the node beside its host. Absent: nobody can. */
  readonly onlookers?: Onlookers;
  readonly calls: PluginCalls;
  readonly recorder: Recorder;
}

/**
 * Follows one run in its thread: passes on what the run says, and turns what becomes of it into facts for its schedule.
 */
export class RunFollower implements RunListener {
  readonly #run: RunInProgress;
  readonly #parts: RunFollowerParts;
  /** `run.rejected`, or `run.started`, then `run.reported`, then `thread.released`, which is known only if the thread was given up. */
  readonly facts = new Facts();
  /** Ends the wait for the thread of a run, if the thread was given up. */
  #release: () => void = () => {};
  #hasCalled = false;

  constructor(run: RunInProgress, parts: RunFollowerParts) {
    this.#run = run;
    this.#parts = parts;
  }

  started(start: RunStart): void {
    const { wallMs, monotonicMs } = this.#parts.clock.read();
    const run = this.#run;
    const startedAtMs = wallMs - (monotonicMs - start.startedAtMonotonicMs);
    run.start = start;
    run.startedAtWallMs = startedAtMs;
    const { runId, key, scheduledAtMs, traceparent } = run.draft;
    const { threadId } = start;
    const trace = traceparent === undefined ? {} : { traceparent };
    this.#parts.emit({ type: 'run-start', event: { runId, key, scheduledAtMs, startedAtMs, threadId, ...trace } });
    this.facts.know(STARTED);
  }

  rejected(): void {
    this.facts.know(REJECTED);
  }

  /** The plugin's fields stay apart from ours, whatever they are called. Secrets go no further than this. */
  logged(line: LogLine): void {
    const { log } = this.#parts;
    const { level, message, atMs } = line;
    const { runId, key } = this.#run.draft;
    const fields = line.fields && log.redact(line.fields);
    const kept = { atMs, level, message, ...(fields && { fields }) };
    this.#run.log.add(kept);
    const { onlookers } = this.#parts;
    if (onlookers?.isHeard('log')) onlookers.tell({ type: 'log', event: { runId, key, line: kept } });
    log[level]({ key, ...placeOf(this.#run.draft), runId, atMs, ...(fields && { fields }) }, message);
  }

  progressed(fraction: number, note: string | undefined): void {
    const { runId, key } = this.#run.draft;
    const progress = { fraction, ...(note !== undefined && { note }) };
    this.#run.progress = progress;
    this.#parts.emit({ type: 'progress', event: { runId, key, ...progress } });
  }

  reported(report: RunReport): void {
    const { outcome, error, start, isQuarantined, finishedAtMonotonicMs } = report;
    this.#run.report = report;
    if (this.#hasCalled) this.#parts.calls.ended(this.#run.runId);
    if (isQuarantined) {
      this.#run.whenReleased = new Promise<void>((resolve) => {
        this.#release = resolve;
      });
    }
    if (start !== undefined) {
      const executedMs = finishedAtMonotonicMs - start.startedAtMonotonicMs;
      this.#parts.capacity?.ended(executedMs);
      const { startedAtWallMs, sleptMs, schedule, draft, definition } = this.#run;
      const { cpuMs, heldBytes, fuel } = report;
      this.#parts.recorder.used(draft.plugin, definition.budget, { wallMs: executedMs, cpuMs, heldBytes, fuel });
      const startedAtMs = startedAtWallMs ?? 0;
      // A quarantined thread goes on executing: until its schedule rests.
      const untilMs = isQuarantined ? Number.POSITIVE_INFINITY : startedAtMs + executedMs;
      schedule.executed = { fromMs: Math.min(startedAtMs + sleptMs, untilMs), untilMs };
    }
    this.facts.know({ type: 'run.reported', settlement: { outcome, ...(error && { error }) }, isQuarantined });
  }

  released(): void {
    this.#release();
    this.facts.know({ type: 'thread.released' });
  }

  hostCall(name: string, args: readonly JsonValue[]): Promise<JsonValue | undefined> {
    this.#hasCalled = true;
    return this.#parts.calls.call(this.#run, name, args);
  }
}
