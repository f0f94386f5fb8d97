/** The steps of a task. No step can fail: what a plugin throws becomes a value here. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { PluginLoadError } from '../errors.ts';
import { errorRecord } from '../wire/error-record.ts';
import type { Aborts } from './context/aborts.ts';
import type { HostCalls } from './context/host-calls.ts';
import { createRunContext } from './context/run-context.ts';
import { RunLog } from './context/run-log.ts';
import { flushOutput } from './context/run-output.ts';
import { RunProgress } from './context/run-progress.ts';
import type { GuestCache } from './guest-cache.ts';
import type { SupervisorPort } from './ports/supervisor-port.ts';
import type { FromPoolWorker, LoadTask, PluginDeclaration, PluginSource, PoolTask, RunTask } from './protocol.ts';
import { endingOf, runFinished } from './run-ending.ts';
import type { TaskScope, TaskScopes } from './task-scope.ts';
import { monotonicMs, threadCpuMs } from './thread-clock.ts';

/** The parts of a pool thread; it has one of each. */
export interface ThreadParts {
  readonly port: SupervisorPort;
  readonly guests: GuestCache;
  readonly scopes: TaskScopes;
  readonly hostCalls: HostCalls;
  readonly aborts: Aborts;
}

/** Executes one task and reports to the pool how it went. Called for one task at a time; never rejects. */
export async function execute(task: PoolTask, parts: ThreadParts): Promise<void> {
  const { taskId } = task;
  if (!parts.guests.has(task.source)) parts.port.post({ kind: 'task.entered', taskId });
  const report = task.kind === 'run' ? await executeRun(task, parts) : await executeLoad(task, parts);
  parts.port.post(report);
}

async function executeLoad({ taskId, source }: LoadTask, parts: ThreadParts): Promise<FromPoolWorker> {
  const scope: TaskScope = { taskId, log: null, hasLeftError: false };
  try {
    const guest = await parts.scopes.enter(scope, () => parts.guests.get(source));
    const declared = await parts.scopes.enter(scope, () => guest.declare());
    return { kind: 'plugin.declared', taskId, declaration: asData(declared, source) };
  } catch (error) {
    const { reason, cause } = error as PluginLoadError;
    return { kind: 'plugin.refused', taskId, reason, ...(cause !== undefined && { cause: errorRecord(cause) }) };
  }
}

/** Copies a declaration as the port would do, so that what is not plain data is refused here, with the reason. */
function asData(declared: PluginDeclaration, source: PluginSource): PluginDeclaration {
  try {
    return structuredClone(declared);
  } catch (error) {
    const { message } = errorRecord(error);
    throw new PluginLoadError(source.module, `what its schedules() returned is not plain data: ${message}`);
  }
}

async function executeRun(task: RunTask, parts: ThreadParts): Promise<FromPoolWorker> {
  const { taskId } = task;
  const { port, scopes, aborts } = parts;
  const log = new RunLog((line) => port.post({ kind: 'run.logged', taskId, line }));
  const scope: TaskScope = { taskId, log, hasLeftError: false };
  const signal = aborts.open(scope);
  const cpuFromMs = threadCpuMs();
  const report = await scopes.enter(scope, async () => {
    const ending = await endingOf(() => callRun(task, { parts, log, signal }));
    const sawAbort = signal.aborted;
    // Node reports a rejection that nobody awaited at the end of this turn; until then it must count as this run's.
    await nextTurn();
    flushOutput(log);
    return runFinished(taskId, ending, { cpuFromMs, sawAbort, droppedLogLines: log.droppedCount });
  });
  aborts.close();
  return report;
}

async function callRun(task: RunTask, run: { parts: ThreadParts; log: RunLog; signal: AbortSignal }): Promise<void> {
  const { taskId } = task;
  const { log, signal } = run;
  const { port, guests, hostCalls } = run.parts;
  const guest = await guests.get(task.source);
  signal.throwIfAborted();
  const progress = new RunProgress((fraction, note) => {
    port.post({ kind: 'run.progressed', taskId, fraction, ...(note !== undefined && { note }) });
  });
  const host = hostCalls.functions(taskId, task.hostFunctions);
  const ctx = createRunContext(task, { signal, log, progress, host });
  const cpuMs = threadCpuMs();
  port.post({
    kind: 'run.started',
    taskId,
    atMonotonicMs: monotonicMs(),
    ...(cpuMs !== undefined && { threadCpuMs: cpuMs }),
  });
  await guest.run(ctx);
}
