/** A pool thread. Piscina loads this file in every one and calls the default export with one task at a time. */
import { Aborts } from './context/aborts.ts';
import { HostCalls } from './context/host-calls.ts';
import { captureOutput } from './context/run-output.ts';
import { execute, type ThreadParts } from './execute.ts';
import { GuestCache } from './guest-cache.ts';
import { openModuleGuest } from './guests/module.ts';
import { ThreadPort } from './ports/thread-port.ts';
import type { PoolTask, ToPoolWorker } from './protocol.ts';
import { TaskScopes } from './task-scope.ts';

const port = new ThreadPort();
const scopes = new TaskScopes(port);
const parts: ThreadParts = {
  port,
  scopes,
  guests: new GuestCache(openModuleGuest),
  hostCalls: new HostCalls(port),
  aborts: new Aborts(scopes),
};

scopes.takeBlame();
captureOutput(scopes);
port.listen(receive);

/** Executes a task. Its promise only says that this thread is free; the outcome has gone over the port by then. */
export default function perform(task: PoolTask): Promise<void> {
  return execute(task, parts);
}

function receive(message: ToPoolWorker): void {
  switch (message.kind) {
    case 'abort':
      parts.aborts.abort(message);
      break;
    case 'host.answered':
      parts.hostCalls.answer(message);
      break;
    case 'cleanup':
      void parts.guests.cleanup().then((errors) => port.post({ kind: 'worker.cleaned', errors }));
      break;
  }
}
