import { Piscina } from 'piscina';
import { expect, onTestFinished, test } from 'vitest';
import { keepView } from '../../../../../src/supervisor/running/pool/threads/thread-view.ts';

test('Piscina describes a thread by one object from then on, which shows the thread as it is', async () => {
  const seen: object[] = [];
  const usages: number[] = [];
  const pool = new Piscina({
    filename: new URL('../../../../../bench/start/plugins/instant-task.mjs', import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    loadBalancer: (_task, workers) => {
      const [worker] = workers;
      if (worker === undefined) return null;
      keepView(worker);
      seen.push(worker);
      usages.push(worker.currentUsage);
      return worker.currentUsage === 0 ? worker : null;
    },
  });
  onTestFinished(() => pool.destroy());
  await pool.run(null);
  await Promise.all([pool.run(null), pool.run(null)]);
  expect(seen.length).toBeGreaterThan(2);
  expect(new Set(seen).size).toBe(1);
  expect(new Set(usages)).toEqual(new Set([0, 1]));
});
