import { errorRecord } from '../wire/error-record.ts';
import { WorkerCell } from '../wire/worker-cell.ts';
import { perform, type WorkerParts } from './execute.ts';
import { ProcessPort } from './ports/process-port.ts';
import type { PoolTask } from './protocol.ts';
import { assembleWorker } from './worker-parts.ts';

/** Executes the tasks that the pool sends to this process, one at a time. */
export function serveTasks(): void {
  const port = new ProcessPort((task) => void serve(task, parts, port));
  const parts = assembleWorker(port, new WorkerCell());
  port.post({ kind: 'process.ready' });
}

async function serve(task: PoolTask, parts: WorkerParts, port: ProcessPort): Promise<void> {
  const { taskId } = task;
  // The task came out of a stream. Node's own code goes on when that callback returns, and must not meet what a run has
  // changed. Between microtasks nothing else executes, so there a run is followed at once by what puts things back.
  await null;
  try {
    const report = await perform(task, parts);
    if (report !== undefined) port.post(report);
    const keepsProcesses = parts.guests.known(task.source)?.hasCleanup === true;
    port.post({ kind: 'process.free', taskId, ...(keepsProcesses && { keepsProcesses }) });
  } catch (error) {
    // The report itself could not be sent, for example because a plugin declares more than a message may hold.
    port.post({ kind: 'task.crashed', taskId, error: errorRecord(error) });
    process.exit(1);
  }
}
