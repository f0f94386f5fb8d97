/**
 * The messages between the supervisor thread's pool and the pool threads.
 *
 * A task travels by piscina (`PoolTask`). Its return says that the thread is free again, and may carry the report of a
 * run (`RunFinished`). Everything else goes over one message port for each pool thread, which the thread hands over when
 * it starts (`ThreadHello`). The port reaches a run while it awaits, keeps the order, and still delivers what a thread
 * sent before it died.
 *
 * The `taskId` of a run is its run id.
 */
import type { MessagePort } from 'node:worker_threads';
import type { AbortReason, ErrorRecord, LogLine } from '../machines/run.ts';
import type { JsonValue, Permissions, ScheduledRunContext } from '../plugin.ts';
import type { CleanupFailure } from '../wire/failures/cleanup-failure.ts';
import type { UnsendableField } from '../wire/failures/unsendable-field.ts';
import type { WasmModule } from '../wire/guests/web-assembly.ts';
import type { Beginning } from '../wire/worker-cell.ts';

/** Which plugin to load, and for whom. Threads cache guests by `id`, which is new for every installation and reload. */
export interface PluginSource {
  readonly id: string;
  /** A `file:` URL or a bare package specifier. */
  readonly module: string;
  /** The `file:` URL from which a bare specifier is resolved. */
  readonly resolveFrom: string;
  readonly tenantId?: string;
  readonly siteId?: string;
  readonly options: JsonValue | null;
  /** Absent: the defaults of its kind. */
  readonly permissions?: Permissions;
  /** How many of its runs may execute at a time. Absent: as many as there are threads. */
  readonly maxConcurrent?: number;
  /** What the plugin is executed in. Absent: as the pool is set. */
  readonly isolation?: Isolation;
  /** Of a WASM guest: whether each run gets an instance of its own. Absent: fresh. */
  readonly instance?: 'fresh' | 'kept';
  /** Of a WASM guest: its instructions are not counted. */
  readonly isUnmetered?: true;
  /** It has nothing in common with other plugins, so that a worker can give it up. Absent: not, or not known yet. */
  readonly isSealed?: true;
  /** Of a WASM guest: what the first thread that loaded it has compiled. Absent: it is compiled where it is opened. */
  readonly code?: GuestCode;
  /** The fingerprint of what it declares, since a later version was refused: on disk there may be that one. */
  mustDeclare?: number;
}

/** The code of a WASM guest. Threads of one process share it. */
export interface GuestCode {
  readonly module: WasmModule;
  /** The name under which it exports its fuel; null if its instructions are not counted. */
  readonly fuelExport: string | null;
}

/** What a plugin is executed in: a thread of the host's process, or a process of its own. */
export type Isolation = 'thread' | 'process';

/** What a plugin declares. It comes out of foreign code and is not checked yet. */
export interface PluginDeclaration {
  readonly name: unknown;
  readonly priority: unknown;
  readonly schedules: unknown;
  readonly version?: unknown;
  readonly description?: unknown;
  readonly capabilities?: unknown;
  /** What is wrong with the plugin itself, one clause each: `field cleanUp is unknown: did you mean cleanup?`. */
  readonly flaws?: readonly string[];
  /** Fields of schedules that are not JSON. They are left out of `schedules`, so that the rest can cross threads. */
  readonly unsendable?: readonly UnsendableField[];
  /** `ConfigProblem`s: what the plugin's own schema has found in the configs. */
  readonly configProblems?: unknown;
}

/** The instructions that a WASM guest has executed in one of the calls that load it, and how many it may. */
export interface LoadFuel {
  /** The export that was called. Of several calls, the one that used most. */
  readonly call: string;
  readonly used: number;
  readonly limit: number;
}

/** A declaration, and what else came out of loading the plugin. */
export interface LoadedPlugin extends PluginDeclaration {
  readonly code?: GuestCode;
  readonly isSealed?: true;
  /** Stands for the declaration: see `acceptedGuest`. Absent: no other thread could compare it. */
  readonly fingerprint?: number;
  /** Of a WASM guest whose instructions are counted. */
  readonly loadFuel?: readonly LoadFuel[];
}

/** The data of a run's context. `deadlineMs` is computed by the pool thread from `wallMs`. */
export type RunData = Omit<ScheduledRunContext, 'deadlineMs' | 'signal' | 'log' | 'progress' | 'host'>;

/** Asks a thread to load a plugin and to say what it declares. */
export interface LoadTask {
  readonly kind: 'load';
  readonly taskId: string;
  readonly source: PluginSource;
}

/** Asks a thread to execute one run. */
export interface RunTask {
  readonly kind: 'run';
  readonly taskId: string;
  readonly source: PluginSource;
  readonly data: RunData;
  readonly wallMs: number;
  /** The instructions that a WASM guest may execute. */
  readonly fuel: number;
  /** How much memory the run may hold when it ends, and how much its worker may keep after it. Bytes. */
  readonly memory: { readonly budgetBytes: number; readonly shareBytes: number };
  readonly hostFunctions: readonly string[];
  /** The longest call of a host function, in bytes. */
  readonly maxMessageBytes: number;
}

export type PoolTask = LoadTask | RunTask;

/** A run as a thread gets it, without what the thread has already: for a plugin that it knows, the id is enough. */
export type SentRun = Omit<RunTask, 'source' | 'hostFunctions' | 'maxMessageBytes'> & {
  readonly source: PluginSource | string;
};

/** Sent by the supervisor thread's pool, received by a pool thread as a piscina task. See `WorkerCell` for the ticket. */
export interface ThreadTask {
  readonly ticket: number;
  readonly task: LoadTask | SentRun;
}

/** The `workerData` of a pool thread: what is the same for all its runs. */
export interface ThreadData extends Pick<RunTask, 'hostFunctions' | 'maxMessageBytes'> {
  /** Proves that a hello was said before any plugin was loaded. The thread deletes it before that. */
  helloSecret?: string;
}

/** The first message of a pool thread, over piscina's channel: it hands over the thread's port and its cell. */
export interface ThreadHello {
  readonly kind: 'thread.hello';
  readonly secret: string;
  readonly threadId: number;
  readonly port: MessagePort;
  readonly cell: SharedArrayBuffer;
  /** Where Linux lists the children of this thread; null elsewhere. */
  readonly taskPath: string | null;
}

/**
 * `run()` was called. Instants are monotonic and shared by all threads. A thread sends it with its next message, or in
 * the next turn of its event loop. Before that it stands in the thread's `WorkerCell`.
 */
export interface RunStarted extends Beginning {
  readonly kind: 'run.started';
  readonly taskId: string;
}

/**
 * `run()` has returned or thrown, and what it left on the microtask queue has run. A thread that has nothing else to say
 * returns it as the result of its task.
 */
export interface RunFinished {
  readonly kind: 'run.finished';
  readonly taskId: string;
  /** The start, if it was not sent by itself. */
  readonly start?: Beginning;
  /** Absent on success. */
  readonly error?: ErrorRecord;
  readonly atMonotonicMs: number;
  /** Whether `ctx.signal` was aborted before `run()` ended. */
  readonly sawAbort: boolean;
  readonly cpuMs?: number;
  /** The instructions that a WASM guest executed, and whether it stopped because it had no more. */
  readonly fuel?: { readonly used: number; readonly isExhausted: boolean };
  /** Memory that the worker held when the run had ended, in bytes. */
  readonly heldBytes: number;
  readonly droppedLogLines: number;
}

/** What a pool thread reports about the task that it executes, or about one that it executed before. */
export type TaskMessage =
  /** The thread has taken the task and loads its plugin. Not sent when the plugin is already loaded. */
  | { readonly kind: 'task.entered'; readonly taskId: string }
  /** The worker does not begin the task, because of what an earlier run has left in it. */
  | { readonly kind: 'task.declined'; readonly taskId: string }
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
  | ({
      readonly kind: 'plugin.declared';
      readonly taskId: string;
      readonly declaration: PluginDeclaration;
    } & Omit<LoadedPlugin, keyof PluginDeclaration>)
  /** The parts of a `PluginLoadError`. */
  | { readonly kind: 'plugin.refused'; readonly taskId: string; readonly reason: string; readonly cause?: ErrorRecord }
  /** Nobody caught an exception of the task. The thread ends itself after this message. */
  | { readonly kind: 'task.crashed'; readonly taskId: string; readonly error: ErrorRecord }
  /** Nobody caught an exception of a task that had already ended. The thread lives on until the pool ends it. */
  | { readonly kind: 'task.left-error'; readonly taskId: string; readonly error: ErrorRecord };

/** Sent by a pool thread over its port, received by the supervisor thread's pool. */
export type FromPoolWorker =
  | TaskMessage
  /** An exception that belongs to no task. */
  | { readonly kind: 'worker.faulted'; readonly error: ErrorRecord }
  /** A run has left the worker in a state that no other run should find. `taskId` is that run's. */
  | { readonly kind: 'worker.soiled'; readonly taskId: string; readonly reason: string }
  /** The `cleanup()` of a plugin that the worker has given up has failed. */
  | { readonly kind: 'cleanup.failed'; readonly failures: readonly CleanupFailure[] }
  | { readonly kind: 'worker.cleaned'; readonly failures: readonly CleanupFailure[] };

/** Sent by the supervisor thread's pool, received by a pool thread over its port. */
export type ToPoolWorker =
  | { readonly kind: 'abort'; readonly taskId: string; readonly reason: AbortReason }
  | {
      readonly kind: 'host.answered';
      readonly taskId: string;
      readonly callId: number;
      readonly value?: JsonValue;
      readonly error?: ErrorRecord;
    }
  | { readonly kind: 'collect-garbage' }
  /** No run of the plugin comes any more: the worker cleans it up, and forgets it. Only sealed ones are forgotten. */
  | { readonly kind: 'unload'; readonly sourceId: string }
  | { readonly kind: 'cleanup' };

/**
 * The file descriptors of a child process of the pool, beside standard input and output. The child reads `inbox` and
 * writes `outbox`. Nothing is written to `lifeline` but questions about usage: it ends when the host does.
 */
export const CHILD_FILES = { inbox: 3, outbox: 4, lifeline: 5 } as const;

/** Sent by the supervisor thread's pool, received by a child process. */
export type ToPoolProcess = PoolTask | ToPoolWorker;

/** Sent by a child process, received by the supervisor thread's pool. */
export type FromPoolProcess =
  | FromPoolWorker
  /** The child has started, and imported nothing of a plugin yet. */
  | { readonly kind: 'process.ready' }
  /** The child is free for another task. Its plugin may keep processes, because it has a `cleanup()` that ends them. */
  | { readonly kind: 'process.free'; readonly taskId: string; readonly keepsProcesses?: true };
