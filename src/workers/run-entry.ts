/** A pool thread. Piscina loads this file in every one and calls the default export with one task at a time. */
import { Aborts } from './aborts.ts';
import { execute, type ThreadParts } from './execute.ts';
import { GuestCache } from './guest-cache.ts';
import { openModuleGuest } from './guests/module.ts';
import { HostCalls } from './host-calls.ts';
import type { PoolTask, ToPoolThread } from './protocol.ts';
import { captureOutput } from './run-output.ts';
import { SupervisorPort } from './supervisor-port.ts';
import { TaskScopes } from './task-scope.ts';

const port = new SupervisorPort();
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

function receive(message: ToPoolThread): void {
  switch (message.kind) {
    case 'abort':
      parts.aborts.abort(message);
      break;
    case 'host.answered':
      parts.hostCalls.answer(message);
      break;
    case 'cleanup':
      void parts.guests.cleanup().then((errors) => port.post({ kind: 'thread.cleaned', errors }));
      break;
  }
}
