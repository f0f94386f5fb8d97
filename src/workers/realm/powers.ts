/**
 * What a thread could do to the whole process, taken away from it before a plugin is loaded. Threads are no sandbox:
 * this keeps mistakes and careless libraries from ending the host, and does not stop a plugin that means harm.
 */
import { syncBuiltinESMExports } from 'node:module';
import v8 from 'node:v8';

/** Call it once, before a plugin is loaded. */
export function withholdPowers(): void {
  v8.setFlagsFromString = () => {
    throw new Error('v8.setFlagsFromString() changes the whole process, so a plugin in a thread cannot call it');
  };
  const { kill } = process;
  process.kill = (pid, signal) => {
    if (concernsThisProcess(Number(pid)) && signal !== 0) {
      throw new Error('process.kill() on the own process ends the host, so a plugin in a thread cannot call it');
    }
    return kill.call(process, pid, signal);
  };
  withholdMainThread();
  hideHandles();
  syncBuiltinESMExports();
}

/** Zero and negative ids name process groups; ours may be among them. */
function concernsThisProcess(pid: number): boolean {
  return pid === process.pid || pid === 0 || pid === -1 || pid === -process.pid;
}

/** A debugger on the main thread can stop the host, and execute anything there. Some builds of Node have none. */
function withholdMainThread(): void {
  if (process.features.inspector !== true) return;
  const { Session } = process.getBuiltinModule('node:inspector');
  Session.prototype.connectToMainThread = () => {
    throw new Error('connectToMainThread() debugs the host, so a plugin in a thread cannot call it');
  };
}

/** The list of handles would lead to the ports over which this thread is commanded. */
function hideHandles(): void {
  const lists = process as unknown as { _getActiveHandles?: () => object[] };
  const list = lists._getActiveHandles?.bind(process);
  if (list === undefined) return;
  lists._getActiveHandles = () => list().filter((handle) => !('postMessage' in handle));
}
