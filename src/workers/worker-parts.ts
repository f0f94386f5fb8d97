import type { WorkerCell } from '../wire/worker-cell.ts';
import { Aborts } from './context/aborts.ts';
import { HostCalls } from './context/host-calls.ts';
import { captureOutput } from './context/run-output.ts';
import type { WorkerParts } from './execute.ts';
import { GuestCache, Unloader } from './guest-cache.ts';
import { openGuest } from './guests/open-guest.ts';
import { acceptedGuest } from './load-plugin.ts';
import type { SupervisorPort } from './ports/supervisor-port.ts';
import type { ToPoolWorker } from './protocol.ts';
import { Memory } from './realm/holdings.ts';
import { LookOver } from './realm/look-over.ts';
import { OutsideHeap } from './realm/outside-heap.ts';
import { TaskScopes } from './task-scope.ts';

/**
 * Makes the parts of this worker and has them listen. Call it once, before a plugin is loaded. `forget` hears of each
 * plugin, by its id, that the worker gives up.
 */
export function assembleWorker(
  port: SupervisorPort,
  cell: WorkerCell,
  forget: (sourceId: string) => void = () => {},
): WorkerParts {
  const scopes = new TaskScopes(port);
  const outsideHeap = new OutsideHeap(cell);
  outsideHeap.watch();
  captureOutput(scopes);
  const guests = new GuestCache(async (source) => acceptedGuest(await openGuest(source), source));
  const lookOver = new LookOver(new Memory(outsideHeap), outsideHeap);
  const parts: WorkerParts = {
    port,
    scopes,
    guests,
    hostCalls: new HostCalls(port),
    aborts: new Aborts(scopes),
    lookOver,
    unloader: new Unloader({ guests, port, lookOver, forget }),
  };
  scopes.takeBlame();
  port.listen((message) => receive(message, parts));
  return parts;
}

function receive(message: ToPoolWorker, parts: WorkerParts): void {
  const { aborts, hostCalls, guests, port, lookOver, unloader } = parts;
  switch (message.kind) {
    case 'abort':
      aborts.abort(message);
      break;
    case 'host.answered':
      hostCalls.answer(message);
      break;
    case 'collect-garbage':
      lookOver.heldBytes(0);
      break;
    case 'unload':
      unloader.unload(message.sourceId);
      break;
    case 'cleanup':
      void guests.cleanup().then((failures) => port.post({ kind: 'worker.cleaned', failures }));
      break;
  }
}
