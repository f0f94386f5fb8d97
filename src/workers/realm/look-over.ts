/**
 * Looks over this worker when a run has ended, before anything else executes in it: built-in objects and the process as they were,
 * nothing left active, no more memory kept than its share. A worker that does not pass is replaced, because its next
 * run may be another plugin's.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Guest } from '../guest.ts';
import type { RunTask } from '../protocol.ts';
import { monotonicMs, threadCpuMs } from '../thread-clock.ts';
import { HOT } from './built-ins.ts';
import { activeResources, Holdings, leftBehind, type Memory } from './holdings.ts';
import { type Extent, Intrinsics } from './intrinsics.ts';
import type { OutsideHeap } from './outside-heap.ts';
import { ProcessState } from './process-state.ts';
import { Surroundings } from './surroundings.ts';

/** A run that took as long as this may have changed anything; so may the first ones of a plugin. */
const FULL_LOOK_MS = 1;
const FULL_LOOK_RUNS = 3;
/** A look at everything that builtin modules export takes a hundredth of this. */
const DEEP_LOOK_MS = 20;
/** In less than a millisecond little memory can be filled, so of such runs only some are measured. */
const MEASURED_EVERY = 8;
/** What a run closes at its end may take this long to be gone: a file, a socket. */
const SETTLE_MS = [5, 20, 50];
/** Messages and timers of ours take less CPU time than this between two runs. */
const IDLE_CPU_MS = 30;
/** After a rest as short as this, the CPU time is taken to be what it was. */
const SHORT_REST_MS = 1;

/** What a run left, and the run. */
export interface Soil {
  readonly taskId: string;
  readonly reason: string;
}

export class LookOver {
  readonly #intrinsics = new Intrinsics();
  readonly #surroundings = new Surroundings(this.#intrinsics.objects);
  readonly #processState = new ProcessState();
  readonly #memory: Memory;
  readonly #holdings: Holdings;
  readonly #outsideHeap: OutsideHeap;
  readonly #runCounts = new Map<string, number>();
  /** What was active when the run began, or null until that is known. A clean run ends with what the next begins with. */
  #resources: readonly string[] | null = null;
  #beganAtMs = 0;
  #usedBytes = 0;
  #unmeasuredCount = 0;
  #lastTaskId: string | null = null;
  #cpuAtRestMs: number | undefined;
  #restedAtMs = Number.NEGATIVE_INFINITY;

  /** Make it before a plugin is loaded. */
  constructor(memory: Memory, outsideHeap: OutsideHeap) {
    this.#memory = memory;
    this.#outsideHeap = outsideHeap;
    this.#holdings = new Holdings(memory);
  }

  /**
   * A task is about to begin. Returns the CPU time that the thread has used so far, in milliseconds, and what an earlier
   * task did beside the tasks, since the last one has ended; null when the worker was at rest.
   */
  wake(): { readonly cpuMs: number | undefined; readonly left: Soil | null } {
    const left = this.#changedAtRest();
    // In so short a time no thread can use more. To ask for it costs a tenth of an empty run.
    if (monotonicMs() - this.#restedAtMs < SHORT_REST_MS) return { cpuMs: this.#cpuAtRestMs, left };
    const cpuMs = threadCpuMs();
    return { cpuMs, left: left ?? this.#burnedUntil(cpuMs) };
  }

  /** `run()` is about to be called. If its plugin was loaded for it, what that left active is not the run's. */
  began(isFresh: boolean, atMs: number): void {
    if (isFresh) this.#resources = null;
    this.#beganAtMs = atMs;
    this.#intrinsics.began();
    this.#resources ??= activeResources();
  }

  /**
   * A plugin has been loaded, or could not be. It may set how errors look, and its libraries may patch what surrounds
   * plugins; nothing else. What it changed of the rest is put back. Returns the name of what cannot be.
   */
  loaded(): string | null {
    this.#resources = null;
    this.#intrinsics.began();
    this.#intrinsics.restore('deep');
    const changed = this.#intrinsics.restore('deep') ?? this.#processState.restore();
    this.#surroundings.accept();
    return changed;
  }

  /** The plugin's code has returned. Puts back what it changed, and returns the name of the first that was. */
  restore({ id }: { readonly id: string }): string | null {
    const count = (this.#runCounts.get(id) ?? 0) + 1;
    this.#runCounts.set(id, count);
    const extent = count <= FULL_LOOK_RUNS ? 'deep' : extentAfter(monotonicMs() - this.#beganAtMs);
    const changed = this.#intrinsics.restore(extent);
    const around = extent === 'hot' ? null : this.#surroundings.restore(extent);
    return changed ?? around ?? this.#processState.restore();
  }

  /**
   * What the run had left to microtasks has been executed. Puts back what these changed of what every run needs, and
   * returns the name of the first.
   */
  restoreAgain(): string | null {
    return this.#intrinsics.restore('hot');
  }

  /** Memory that the worker holds; garbage counts only while it is within the run's budget. Bytes. */
  heldBytes(budgetBytes: number): number {
    const isShort = monotonicMs() - this.#beganAtMs < FULL_LOOK_MS;
    this.#unmeasuredCount += 1;
    if (isShort && this.#unmeasuredCount < MEASURED_EVERY && this.#outsideHeap.bytes === 0) return this.#usedBytes;
    this.#unmeasuredCount = 0;
    this.#usedBytes = this.#memory.heldBytes(budgetBytes);
    return this.#usedBytes;
  }

  /** The run is reported. Returns whether it left nothing that may have to be told, which is quickly known. */
  isClean({ guest, changed }: RunTraces): boolean {
    const keepsItself = guest === null || guest.hasCleanup;
    const leavesNothing = keepsItself || this.#leftNow() === null;
    if (keepsItself) this.#resources = null;
    return leavesNothing && changed === null && this.#outsideHeap.nestedCount === 0;
  }

  /** What the run's thread keeps, if that is more than its share. Call it once for each run. */
  kept(task: RunTask): Soil | null {
    return this.#holdings.ended(task, this.#usedBytes);
  }

  /** Resolves to what the run left behind and should not have. */
  async left({ taskId }: RunTask, { guest, changed }: RunTraces): Promise<readonly Soil[]> {
    const left = guest === null || guest.hasCleanup ? null : await this.#settled();
    const nested = this.#outsideHeap.nestedCount;
    const reasons = [
      ...(changed === null ? [] : [`${this.#suspects(changed)} changed ${changed}`]),
      ...(left === null ? [] : [`it left ${left} behind, and it has no cleanup() that would end what it keeps`]),
      ...(nested === 0 ? [] : [`it left ${nested === 1 ? 'a thread' : `${nested} threads`} behind`]),
    ];
    return reasons.map((reason) => ({ taskId, reason }));
  }

  /** The worker has nothing more to do for the task, and its thread has used `cpuMs` so far. */
  rest(taskId: string, cpuMs: number | undefined): void {
    this.#lastTaskId = taskId;
    this.#cpuAtRestMs = cpuMs;
    this.#restedAtMs = monotonicMs();
  }

  /** No run of the plugin comes any more. */
  forget(sourceId: string): void {
    this.#runCounts.delete(sourceId);
    this.#holdings.forget(sourceId);
  }

  /** CPU time that the thread has used for the pool, since it has been at rest. */
  excuse(fromMs: number | undefined, toMs: number | undefined): void {
    if (fromMs === undefined || toMs === undefined || this.#cpuAtRestMs === undefined) return;
    this.#cpuAtRestMs += toMs - fromMs;
  }

  /** What other plugins do beside a run is found before it begins only in the most used objects. */
  #suspects(changed: string): string {
    const isCertain = HOT.has(changed) || this.#runCounts.size === 1;
    return isCertain ? 'it' : 'it, or what a run of another plugin left behind,';
  }

  /** Before anything of the next task relies on it. The most used objects are compared, in next to no time. */
  #changedAtRest(): Soil | null {
    const changed = this.#intrinsics.restore('hot');
    if (changed === null) return null;
    this.#intrinsics.restore('all');
    const reason = `what it left behind changed ${changed} after the run`;
    return this.#lastTaskId === null ? null : { taskId: this.#lastTaskId, reason };
  }

  #burnedUntil(cpuMs: number | undefined): Soil | null {
    if (cpuMs === undefined || this.#cpuAtRestMs === undefined || this.#lastTaskId === null) return null;
    const burnedMs = Math.round(cpuMs - this.#cpuAtRestMs);
    if (burnedMs <= IDLE_CPU_MS) return null;
    return { taskId: this.#lastTaskId, reason: `what it left behind used ${burnedMs} ms of CPU time after the run` };
  }

  #leftNow(): string | null {
    return leftBehind(this.#resources ?? [], activeResources());
  }

  async #settled(): Promise<string | null> {
    let left: string | null = this.#leftNow();
    for (const waitMs of SETTLE_MS) {
      if (left === null) break;
      await pause(waitMs);
      left = this.#leftNow();
    }
    this.#resources = null;
    return left;
  }
}

function extentAfter(runMs: number): Extent {
  if (runMs >= DEEP_LOOK_MS) return 'deep';
  return runMs >= FULL_LOOK_MS ? 'all' : 'hot';
}

/** What is known of a run that has ended. `guest` is null when it never got one. */
export interface RunTraces {
  readonly guest: Guest | null;
  /** The name of a built-in that it changed. */
  readonly changed: string | null;
}
