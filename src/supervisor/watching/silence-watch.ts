/**
 * Finds the schedules that are silent: see `machines/watching/silence.ts`. A run that succeeds costs nothing here. The
 * watch looks at a schedule when it could be silent at the earliest, and sees then what has happened meanwhile.
 */
import { type HeapEntry, IndexedHeap } from '../../machines/collections/indexed-heap.ts';
import { TOLERATED_STEP_MS } from '../../machines/position/set-clock.ts';
import type { ScheduleEntry } from '../../machines/schedule-entries.ts';
import { silenceText } from '../../machines/watching/notices.ts';
import { canBeSilent, lastSuccessMs, silentFromMs } from '../../machines/watching/silence.ts';
import { whenKnown } from '../ports/answered.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Recorder } from '../recording/recorder.ts';
import { type LiveSchedule, learn } from '../schedules/live-schedule.ts';

/** Longest sleep: silence is counted by the wall clock, which may be set. */
const MAX_SLEEP_MS = 60_000;

interface WatchedSchedule extends HeapEntry {
  readonly schedule: LiveSchedule;
  /** Since when this node has watched it, epoch milliseconds. */
  sinceMs: number;
  hasRun: boolean;
  /** When to look at it, epoch milliseconds. */
  lookAtMs: number;
}

export interface SilenceWatchParts {
  readonly clock: Clock;
  readonly recorder: Recorder;
  /** A schedule was found silent, and no other node was first to say so. */
  readonly silent: (schedule: LiveSchedule) => void;
}

export class SilenceWatch {
  readonly #parts: SilenceWatchParts;
  readonly #watched = new Map<LiveSchedule, WatchedSchedule>();
  readonly #queue = new IndexedHeap<WatchedSchedule>((a, b) => a.lookAtMs < b.lookAtMs);
  #cancel: Cancel | null = null;
  #wakesAtMs = Number.POSITIVE_INFINITY;
  /** What the wall clock shows when the present sleep ends, epoch milliseconds. */
  #sleepsUntilMs = 0;
  #isClosed = false;

  constructor(parts: SilenceWatchParts) {
    this.#parts = parts;
  }

  /** Call it for a schedule that is added, or has another definition than before. */
  watch(schedule: LiveSchedule): void {
    const known = this.#watched.get(schedule);
    if (schedule.definition.declared.watch === undefined) {
      this.#forget(known);
      return;
    }
    const sinceMs = this.#parts.clock.nowMs();
    const watched = known ?? { schedule, sinceMs, hasRun: false, lookAtMs: 0, heapIndex: -1 };
    this.#watched.set(schedule, watched);
    this.#look(watched, sinceMs);
    this.#sleep();
  }

  /** Call it when a run of the schedule has ended. */
  runEnded(schedule: LiveSchedule): void {
    const watched = this.#watched.get(schedule);
    if (watched === undefined || watched.hasRun) return;
    watched.hasRun = true;
    this.#look(watched, this.#parts.clock.nowMs());
    this.#sleep();
  }

  /** The schedule is gone. */
  forget(schedule: LiveSchedule): void {
    this.#forget(this.#watched.get(schedule));
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel?.();
  }

  #look(watched: WatchedSchedule, nowMs: number): void {
    const { schedule } = watched;
    const { state, definition } = schedule;
    const { watch } = definition.declared;
    if (watch === undefined || schedule.rest === 'removed') {
      this.#forget(watched);
      return;
    }
    const { maxSilenceMs } = watch;
    const mayBeSilent = canBeSilent(state) && state.silentSinceMs === undefined;
    const silentAtMs = mayBeSilent ? silentFromMs(state, maxSilenceMs, watched) : Number.POSITIVE_INFINITY;
    if (silentAtMs <= nowMs) this.#fallSilent(schedule, nowMs);
    // Whatever happens from now on, it is silent so much later at the earliest.
    const nextMs = nowMs + maxSilenceMs;
    watched.lookAtMs = silentAtMs > nowMs ? Math.min(silentAtMs, nextMs) : nextMs;
    this.#queue.put(watched);
  }

  #fallSilent(schedule: LiveSchedule, atMs: number): void {
    const { recorder } = this.#parts;
    const { state, definition } = schedule;
    const { key } = definition;
    const lastSuccessAtMs = lastSuccessMs(state);
    const entry = { kind: 'silent', key, atMs, ...(lastSuccessAtMs !== undefined && { lastSuccessAtMs }) } as const;
    if (!schedule.isShared) {
      void recorder.change(schedule, entry);
      this.#fell(schedule);
      return;
    }
    void whenKnown(recorder.write(entry), (answer) => {
      if (answer?.isTaken !== false) this.#fellFirst(schedule, entry);
    });
  }

  /** The store has taken it from this node. Meanwhile a run may have succeeded after all. */
  #fellFirst(schedule: LiveSchedule, entry: Extract<ScheduleEntry, { kind: 'silent' }>): void {
    if (lastSuccessMs(schedule.state) !== entry.lastSuccessAtMs) return;
    learn(schedule, entry);
    this.#fell(schedule);
  }

  #fell(schedule: LiveSchedule): void {
    const { recorder, silent } = this.#parts;
    const { key, declared } = schedule.definition;
    const message = silenceText(key, lastSuccessMs(schedule.state), declared.watch?.maxSilenceMs);
    recorder.warn({ code: 'schedule-silent', message, key });
    silent(schedule);
  }

  #forget(watched: WatchedSchedule | undefined): void {
    if (watched === undefined) return;
    this.#queue.remove(watched);
    this.#watched.delete(watched.schedule);
  }

  #sleep(): void {
    const { first } = this.#queue;
    if (this.#isClosed || first === undefined || first.lookAtMs >= this.#wakesAtMs) return;
    const { clock } = this.#parts;
    this.#cancel?.();
    const nowMs = clock.nowMs();
    const delayMs = Math.min(Math.max(first.lookAtMs - nowMs, 0), MAX_SLEEP_MS);
    this.#wakesAtMs = first.lookAtMs;
    this.#sleepsUntilMs = nowMs + delayMs;
    this.#cancel = clock.sleep(delayMs, () => this.#wake());
  }

  #wake(): void {
    const nowMs = this.#parts.clock.nowMs();
    this.#wakesAtMs = Number.POSITIVE_INFINITY;
    // The clock was set, or the process slept.
    if (Math.abs(nowMs - this.#sleepsUntilMs) > TOLERATED_STEP_MS) this.#beginAnew(nowMs);
    while (this.#queue.first !== undefined && this.#queue.first.lookAtMs <= nowMs) {
      this.#look(this.#queue.first, nowMs);
    }
    this.#sleep();
  }

  /** As after a start, schedules have a chance first. When to look at them was an instant of the earlier time. */
  #beginAnew(nowMs: number): void {
    for (const watched of [...this.#watched.values()]) {
      [watched.sinceMs, watched.hasRun] = [nowMs, false];
      this.#look(watched, nowMs);
    }
  }
}
