/** The lock thread: owns the file of locks, so that no disk and no other process makes a tick late. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { reasonOf } from '../sqlite-fault.ts';
import { LockService } from './lock-service.ts';
import { machineClock } from './machine-clock.ts';
import type { FromLocks, LockFileOptions, ToLocks } from './protocol.ts';

const port = parentPort as MessagePort;
const service = new LockService((workerData as LockFileOptions).path, machineClock);

port.on('message', (question: ToLocks) => {
  port.postMessage(answer(question));
  if (question.method === 'close') port.close();
});

function answer(question: ToLocks): FromLocks {
  const { id } = question;
  try {
    return { kind: 'answered', id, answer: service.answer(question) };
  } catch (error) {
    return { kind: 'refused', id, reason: reasonOf(error) };
  }
}
