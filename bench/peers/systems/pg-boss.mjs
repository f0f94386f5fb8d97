import { PgBoss } from 'pg-boss';
import { job } from '../jobs/job.mjs';

const wholeMinutes = 'its cron knows whole minutes';
export const cannot = {
  idle: wholeMinutes,
  blocked80: wholeMinutes,
  blocked100: wholeMinutes,
  memory: 'its schedules are rows of Postgres',
};

/** Half a second is the shortest that it polls for. Jobs run on the thread that has called `work`. */
const WORK = { batchSize: 100, pollingIntervalSeconds: 0.5 };
const QUEUE = 'bench';

export async function start({ servers }) {
  const boss = new PgBoss(servers.postgres);
  boss.on('error', (error) => {
    throw error;
  });
  await boss.start();
  await boss.createQueue(QUEUE);
  await boss.work(QUEUE, WORK, async (jobs) => {
    for (const _ of jobs) job('given');
  });
  return {
    give: (count) =>
      boss.insert(
        QUEUE,
        Array.from({ length: count }, () => ({ data: {} })),
      ),
  };
}
