import { errorRecord } from '../../../../wire/error-record.ts';
import type { TaskMessage } from '../../../../workers/protocol.ts';
import type { RunListener } from '../../../ports/run-pool.ts';
import type { TaskWorker } from '../worker-task.ts';

/** A plugin's call of a host function. */
type HostCall = Extract<TaskMessage, { kind: 'host.called' }>;

/** Passes on what a run says to the outside: log lines, progress and calls of host functions. */
export function relay(message: TaskMessage, listener: RunListener, thread: TaskWorker): void {
  switch (message.kind) {
    case 'run.logged':
      listener.logged(message.line);
      break;
    case 'run.progressed':
      listener.progressed(message.fraction, message.note);
      break;
    case 'host.called':
      void answerHostCall(message, listener, thread);
      break;
  }
}

/** Never rejects. If the thread has exited in the meantime, the answer goes nowhere. */
async function answerHostCall({ taskId, callId, name, args }: HostCall, listener: RunListener, thread: TaskWorker) {
  try {
    const value = await listener.hostCall(name, args);
    thread.send({ kind: 'host.answered', taskId, callId, ...(value !== undefined && { value }) });
  } catch (error) {
    // The call failed, or it returned something that is not data, which the port refuses to send.
    thread.send({ kind: 'host.answered', taskId, callId, error: errorRecord(error) });
  }
}
