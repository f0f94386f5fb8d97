import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** The threads that are started from now on in this test, in the order of their start. */
export function startedWorkers(): Worker[] {
  const workers: Worker[] = [];
  const listen = (message: unknown): void => {
    workers.push((message as { worker: Worker }).worker);
  };
  subscribe('worker_threads', listen);
  onTestFinished(() => {
    unsubscribe('worker_threads', listen);
  });
  return workers;
}
