import { expect, test } from 'vitest';
import { WorkerPool } from '../../../../src/supervisor/running/pool/worker-pool.ts';
import type { WorkerTask } from '../../../../src/supervisor/running/pool/worker-task.ts';
import { VirtualClock } from '../../../../src/testing/virtual-clock.ts';
import { source } from '../../../support/pool-harness.ts';
import { StubTaskWorker } from './stub-task-worker.ts';

const LISTENER = {
  started: () => {},
  logged: () => {},
  progressed: () => {},
  reported: () => {},
  released: () => {},
  rejected: () => {},
  hostCall: async () => undefined,
};

test('a long queue of short runs is worked off in several turns, in its order', async () => {
  const clock = new VirtualClock();
  const dispatched: WorkerTask[] = [];
  const options = { minThreads: 1, maxThreads: 1, maxQueue: 100, maxMessageBytes: 1_000, memoryLimitMb: 100_000 };
  const pool = new WorkerPool({ ...options, hostFunctions: [], clock }, () => ({
    workerCount: 1,
    leavingCount: 0,
    hasReadyWorker: true,
    execute: (task) => {
      dispatched.push(task);
      task.assigned(new StubTaskWorker());
      return () => {};
    },
    unload: () => {},
    retire: () => {},
    drain: async () => {},
    close: async () => {},
  }));
  const runIds = Array.from({ length: 50 }, (_, index) => `run-${index}`);
  for (const runId of runIds) {
    const data = { scheduleId: 's', scheduledAtMs: 0, runCount: 1, isCatchup: false, runId, config: null };
    const budget = { wallMs: 1_000, cpuMs: 1_000, heapMb: 512, graceMs: 100, fuel: 1e11 };
    const request = { runId, key: 'p/s', source: source('empty.ts'), data, budget, priority: 1, isCatchup: false };
    expect(pool.dispatch(request, LISTENER)).toBe(true);
  }
  /** Answers as fast as runs are handed over, and returns how many there were. */
  const answerAll = (): number => {
    const before = answered;
    for (; answered < dispatched.length; answered += 1) dispatched[answered]?.ended({ kind: 'answered' });
    return answered - before;
  };
  let answered = 0;
  // The first one found a free worker.
  expect(answerAll()).toBe(17);
  const turns: number[] = [];
  while (answered < runIds.length) {
    await clock.settle();
    turns.push(answerAll());
  }
  expect(turns.length).toBeGreaterThan(1);
  expect(Math.max(...turns)).toBeLessThanOrEqual(17);
  expect(dispatched.map(({ taskId }) => taskId)).toEqual(runIds);
});
