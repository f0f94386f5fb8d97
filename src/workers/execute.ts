/** The steps of a task. No step can fail: what a plugin throws becomes a value here. */
import timers from 'node:timers';
import { types } from 'node:util';
import { PluginLoadError } from '../errors.ts';
import { MAX_REASON_LENGTH } from '../wire/declaration-limits.ts';
import { boundedText, errorRecord } from '../wire/error-record.ts';
import type { Aborts, RunAbort } from './context/aborts.ts';
import type { HostCalls } from './context/host-calls.ts';
import { createRunContext } from './context/run-context.ts';
import { RunLog } from './context/run-log.ts';
import { flushOutput } from './context/run-output.ts';
import { RunProgress } from './context/run-progress.ts';
import type { Guest, GuestCall } from './guest.ts';
import type { GuestCache, Unloader } from './guest-cache.ts';
import { declarationOf, fingerprintOf } from './load-plugin.ts';
import type { SupervisorPort } from './ports/supervisor-port.ts';
import type { FromPoolWorker, LoadTask, PluginSource, PoolTask, RunFinished, RunStarted, RunTask } from './protocol.ts';
import type { LookOver } from './realm/look-over.ts';
import { endingOf, runFinished } from './run-ending.ts';
import type { TaskScope, TaskScopes } from './task-scope.ts';
import { monotonicMs, threadCpuMs, wallMs } from './thread-clock.ts';

/** Taken before a plugin is loaded, which may change it. */
const { setImmediate } = timers;

/** The parts of a worker; it has one of each. */
export interface WorkerParts {
  readonly port: SupervisorPort;
  readonly guests: GuestCache;
  readonly scopes: TaskScopes;
  readonly hostCalls: HostCalls;
  readonly aborts: Aborts;
  readonly lookOver: LookOver;
  readonly unloader: Unloader;
}

/**
 * Takes up a task, or declines it when something that an earlier run left behind would be in its way. Called for one
 * task at a time; never rejects. Resolves to what remains to be said of a run, if that is all.
 */
export async function perform(task: PoolTask, parts: WorkerParts): Promise<RunFinished | undefined> {
  parts.unloader.taskBegins();
  try {
    return await taken(task, parts);
  } finally {
    parts.unloader.taskEnded();
  }
}

function taken(task: PoolTask, parts: WorkerParts): Promise<RunFinished | undefined> {
  const { port, lookOver, guests } = parts;
  const { taskId } = task;
  const { cpuMs, left } = lookOver.wake();
  if (left !== null) port.post({ kind: 'worker.soiled', ...left });
  if (left !== null && task.kind === 'run') {
    port.post({ kind: 'task.declined', taskId });
    return Promise.resolve(undefined);
  }
  if (!guests.has(task.source)) port.post({ kind: 'task.entered', taskId });
  return task.kind === 'run' ? executeRun(task, parts, cpuMs) : executeLoad(task, parts);
}

async function executeLoad(task: LoadTask, parts: WorkerParts): Promise<undefined> {
  parts.port.post(await loaded(task, parts));
  parts.lookOver.rest(task.taskId, threadCpuMs());
  return undefined;
}

async function loaded({ taskId, source }: LoadTask, parts: WorkerParts): Promise<FromPoolWorker> {
  const scope: TaskScope = { taskId, log: null, hasLeftError: false };
  try {
    const guest = await parts.scopes.enter(scope, () => parts.guests.get(source));
    const declaration = await parts.scopes.enter(scope, () => declarationOf(guest, source));
    const code = parts.port.sharesCode ? guest.code : null;
    const { loadFuel, isSealed } = guest;
    const fingerprint = fingerprintOf(declaration);
    const more = {
      ...(fingerprint !== undefined && { fingerprint }),
      ...(code && { code }),
      ...(isSealed && { isSealed }),
      ...(loadFuel.length > 0 && { loadFuel }),
    };
    return { kind: 'plugin.declared', taskId, declaration, ...more };
  } catch (error) {
    const { reason, cause } = await refusalOf(error, source);
    // A plugin may have made the error, and names that it quotes may be as long as a module.
    const said = boundedText(reason, MAX_REASON_LENGTH);
    return { kind: 'plugin.refused', taskId, reason: said, ...(cause !== undefined && { cause: errorRecord(cause) }) };
  } finally {
    const changed = parts.lookOver.loaded();
    if (changed !== null) parts.port.post({ kind: 'worker.soiled', taskId, reason: `it changed ${changed}` });
  }
}

/**
 * Why a plugin cannot be loaded. What it exports and declares is its own code: a getter, a trap or a schema of it may throw
 * wherever one of its values is read.
 */
async function refusalOf(error: unknown, source: PluginSource): Promise<PluginLoadError> {
  if (types.isNativeError(error) && !types.isProxy(error) && error instanceof PluginLoadError) {
    // A plugin may have made it.
    if (typeof Object.getOwnPropertyDescriptor(error, 'reason')?.value === 'string') return error;
  }
  const { loadError } = await import('./guests/load-error.ts');
  return loadError(source, 'what it declares cannot be read', error);
}

/** One run: call it, put the worker in order, report, and look at what the run left behind. */
async function executeRun(
  task: RunTask,
  parts: WorkerParts,
  cpuFromMs: number | undefined,
): Promise<RunFinished | undefined> {
  const { taskId, memory } = task;
  const { port, scopes, aborts, hostCalls, lookOver } = parts;
  const log = new RunLog((line) => port.post({ kind: 'run.logged', taskId, line }));
  const scope: TaskScope = { taskId, log, hasLeftError: false };
  const abort = aborts.open(scope);
  const call: RunCall = { task, parts, log, cpuFromMs, abort, guest: null, changed: null, spent: null };
  const report = await scopes.enter(scope, async () => {
    const ending = await endingOf(() => callRun(call));
    if (call.guest === null) call.changed = lookOver.loaded();
    const sawAbort = call.abort.isAborted;
    // Before the turn ends, or the start of a run that has ended already would be sent by itself.
    const start = port.takeBeginning();
    // Node reports a rejection that nobody awaited at the end of this turn; until then it must count as this run's.
    await nextTurn();
    call.changed ??= lookOver.restoreAgain();
    flushOutput(log);
    const heldBytes = lookOver.heldBytes(memory.budgetBytes);
    const cpuMs = threadCpuMs();
    lookOver.rest(taskId, cpuMs);
    const measures = { cpuFromMs, cpuMs, fuel: call.spent, sawAbort, heldBytes, droppedLogLines: log.droppedCount };
    return runFinished(taskId, ending, { ...measures, start });
  });
  aborts.close();
  hostCalls.close();
  const kept = lookOver.kept(task);
  // What is said with the end of the task does not wake the supervisor a second time.
  if (lookOver.isClean(call) && kept === null) return report;
  port.post(report);
  if (kept !== null) port.post({ kind: 'worker.soiled', ...kept });
  for (const soil of await lookOver.left(task, call)) port.post({ kind: 'worker.soiled', ...soil });
  lookOver.rest(taskId, threadCpuMs());
  return undefined;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** A call of `run()`, and the guest that it reached. */
interface RunCall {
  readonly task: RunTask;
  readonly parts: WorkerParts;
  readonly log: RunLog;
  readonly abort: RunAbort;
  /** CPU time that the thread had used before the run. */
  readonly cpuFromMs: number | undefined;
  guest: Guest | null;
  /** The name of a built-in object that the run has changed. */
  changed: string | null;
  /** What a WASM guest has executed. */
  spent: GuestCall['spent'];
}

async function callRun(call: RunCall): Promise<void> {
  const { task, log, abort } = call;
  const { taskId } = task;
  const { port, guests, hostCalls, lookOver } = call.parts;
  const known = guests.known(task.source);
  const isLoaded = known !== undefined;
  const guest = known ?? (await guests.get(task.source));
  call.guest = guest;
  if (!isLoaded) call.changed = lookOver.loaded();
  abort.throwIfAborted();
  const progress = new RunProgress((fraction, note) => {
    port.post({ kind: 'run.progressed', taskId, fraction, ...(note !== undefined && { note }) });
  });
  const ctx = createRunContext(task, { abort, log, progress, host: hostCalls.open(task) });
  // What its plugin took to load is not charged to the run.
  const cpuMs = isLoaded ? call.cpuFromMs : threadCpuMs();
  const startedAtMs = monotonicMs();
  // What is active now is not the run's; the message of its start comes after that.
  lookOver.began(!isLoaded, startedAtMs);
  const threadCpu = cpuMs === undefined ? {} : { threadCpuMs: cpuMs };
  const start: RunStarted = { kind: 'run.started', taskId, atMonotonicMs: startedAtMs, ...threadCpu };
  // While a plugin loads, the pool does not look for the beginning of its run.
  if (isLoaded) port.begin(start);
  else port.post(start);
  const { fuel } = task;
  const callHost: GuestCall['callHost'] = (name, args) => hostCalls.callSync(name, args, abort);
  const guestCall: GuestCall = { fuel, spent: null, nowMs: wallMs, callHost };
  try {
    await guest.run(ctx, guestCall);
  } finally {
    call.spent = guestCall.spent;
    // At once, because even to return a value relies on what the plugin may have changed.
    call.changed = lookOver.restore(task.source) ?? call.changed;
  }
}
