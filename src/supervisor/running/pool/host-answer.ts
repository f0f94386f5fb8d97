import { errorRecord } from '../../../wire/error-record.ts';
import type { TaskMessage } from '../../../workers/protocol.ts';
import type { RunListener } from '../../ports/run-pool.ts';
import type { PoolThread } from './pool-thread.ts';

/** A plugin's call of a host function. */
export type HostCall = Extract<TaskMessage, { kind: 'host.called' }>;

/** Has a call answered, and tells the thread; one that has exited meanwhile hears nothing. Never rejects. */
export async function answerHostCall(call: HostCall, listener: RunListener, thread: PoolThread): Promise<void> {
  const { callId, name, args } = call;
  try {
    const value = await listener.hostCall(name, args);
    thread.send({ kind: 'host.answered', callId, ...(value !== undefined && { value }) });
  } catch (error) {
    // Also when the value is not data: then the port refuses it.
    thread.send({ kind: 'host.answered', callId, error: errorRecord(error) });
  }
}
