/**
 * The watchdog of a child process: a thread of its own, which works while the process's main thread sits in an endless
 * loop or in a system call.
 *
 * The host holds the other end of the lifeline, and nobody else does. When the host dies, however it dies, the lifeline
 * ends, and the watchdog ends the process with all that it has started.
 *
 * It also answers how much the process uses, for systems where the pool cannot see that from outside.
 */
import { Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { CHILD_FILES } from './protocol.ts';

const lifeline = new Socket({ fd: CHILD_FILES.lifeline, readable: true, writable: true });
lifeline.on('error', () => {});
lifeline.on('data', (questions: Buffer) => {
  const { user, system } = process.cpuUsage();
  const answer = `${JSON.stringify({ cpuMs: (user + system) / 1_000, residentBytes: process.memoryUsage.rss() })}\n`;
  lifeline.write(answer.repeat(questions.length));
});
lifeline.once('close', endGroup);
parentPort?.postMessage('watching');

/** The process leads its group, where there are groups. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
