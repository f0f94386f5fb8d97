/** The lock thread. It owns the file of locks, so that no disk and no other process makes a tick late. */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { answerTo } from '../thread-answer.ts';
import { LockService } from './lock-service.ts';
import { machineClock } from './machine-clock.ts';
import type { LockFileOptions, ToLocks } from './protocol.ts';

const port = parentPort as MessagePort;
const service = new LockService(workerData as LockFileOptions, machineClock);

port.on('message', (question: ToLocks) => {
  port.postMessage(answerTo(question.id, () => service.answer(question)));
  if (question.method === 'close') port.close();
});
