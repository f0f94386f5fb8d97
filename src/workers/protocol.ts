/**
 * What the supervisor thread's pool and the pool threads say to each other.
 *
 * A task travels by piscina (`PoolTask`), and its return says only that the thread is free again. Everything else goes
 * over one message port per pool thread, which the thread hands over when it starts (`ThreadHello`): it reaches a run that
 * awaits, keeps its order, and what was said before a thread died can still be read.
 *
 * `taskId` is the run id of a run.
 */
import type { MessagePort } from 'node:worker_threads';
import type { AbortReason, ErrorRecord, LogLine } from '../machines/run.ts';
import type { JsonValue, ScheduledRunContext } from '../plugin.ts';

/** Which plugin to load, and for whom. `id` is unique per installed plugin and version: a thread caches guests by it. */
export interface PluginSource {
  readonly id: string;
  /** A `file:` URL or a bare package specifier. */
  readonly module: string;
  /** `file:` URL from which a bare specifier is resolved. */
  readonly resolveFrom: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
}

/** What a plugin said of itself, unchecked: it came out of foreign code. */
export interface PluginDeclaration {
  readonly name: unknown;
  readonly priority: unknown;
  readonly schedules: unknown;
}

/** The data of a run's context. `deadlineMs` is computed by the pool thread from `wallMs`. */
export type RunData = Omit<ScheduledRunContext, 'deadlineMs' | 'signal' | 'log' | 'progress' | 'host'>;

/** Load a plugin and ask what it declares. */
export interface LoadTask {
  readonly kind: 'load';
  readonly taskId: string;
  readonly source: PluginSource;
}

/** Execute one run. */
export interface RunTask {
  readonly kind: 'run';
  readonly taskId: string;
  readonly source: PluginSource;
  readonly data: RunData;
  readonly wallMs: number;
  readonly hostFunctions: readonly string[];
}

/** Sent by the supervisor thread's pool, received by a pool thread as a piscina task. */
export type PoolTask = LoadTask | RunTask;

/** First message of a pool thread, over piscina's channel: its own port. */
export interface ThreadHello {
  readonly kind: 'thread.hello';
  readonly threadId: number;
  readonly port: MessagePort;
}

/** `run()` is about to be called. Instants are monotonic and shared by all threads. */
export interface RunStarted {
  readonly kind: 'run.started';
  readonly taskId: string;
  readonly atMonotonicMs: number;
  /** CPU time that the thread had used until then; absent where Node cannot tell. */
  readonly threadCpuMs?: number;
}

/** The run has settled, and what it left on the microtask queue has had its turn. */
export interface RunFinished {
  readonly kind: 'run.finished';
  readonly taskId: string;
  /** Absent on success. */
  readonly error?: ErrorRecord;
  readonly atMonotonicMs: number;
  /** Whether `ctx.signal` was aborted before the run settled. */
  readonly sawAbort: boolean;
  readonly cpuMs?: number;
  readonly droppedLogLines: number;
}

/** What a pool thread says of the task that it executes, or of one that it had executed. */
export type TaskMessage =
  /** The thread has taken the task and loads its plugin. Not told of a plugin that is loaded: the next message follows at once. */
  | { readonly kind: 'task.entered'; readonly taskId: string }
  | RunStarted
  | RunFinished
  | { readonly kind: 'run.logged'; readonly taskId: string; readonly line: LogLine }
  | { readonly kind: 'run.progressed'; readonly taskId: string; readonly fraction: number; readonly note?: string }
  | {
      readonly kind: 'host.called';
      readonly taskId: string;
      readonly callId: number;
      readonly name: string;
      readonly args: readonly JsonValue[];
    }
  | { readonly kind: 'plugin.declared'; readonly taskId: string; readonly declaration: PluginDeclaration }
  /** The parts of a `PluginLoadError`. */
  | { readonly kind: 'plugin.refused'; readonly taskId: string; readonly reason: string; readonly cause?: ErrorRecord }
  /** The task left an exception that nobody caught; the thread ends itself after this message. */
  | { readonly kind: 'task.crashed'; readonly taskId: string; readonly error: ErrorRecord }
  /** The same of a task that had already ended. The thread lives on, until the pool ends it. */
  | { readonly kind: 'task.left-error'; readonly taskId: string; readonly error: ErrorRecord };

/** Sent by a pool thread over its port, received by the supervisor thread's pool. */
export type FromPoolThread =
  | TaskMessage
  /** An exception that belongs to no task. */
  | { readonly kind: 'thread.faulted'; readonly error: ErrorRecord }
  | { readonly kind: 'thread.cleaned'; readonly errors: readonly ErrorRecord[] };

/** Sent by the supervisor thread's pool, received by a pool thread over its port. */
export type ToPoolThread =
  | { readonly kind: 'abort'; readonly taskId: string; readonly reason: AbortReason }
  | {
      readonly kind: 'host.answered';
      readonly callId: number;
      readonly value?: JsonValue;
      readonly error?: ErrorRecord;
    }
  | { readonly kind: 'cleanup' };
