import { setTimeout as delay } from 'node:timers/promises';
import { definePlugin } from '../../../src/plugin.ts';

interface Job {
  readonly id: string;
  readonly cron: string;
  readonly description: string;
  /** How long a run takes, in milliseconds. */
  readonly takesMs: number;
  /** Every so many runs fails. */
  readonly failsEvery?: number;
  /** Every so many runs exceeds its wall budget. */
  readonly hangsEvery?: number;
}

const JOBS: Readonly<Record<string, readonly Job[]>> = {
  search: [
    { id: 'reindex', cron: '15s', description: 'Reads what has changed into the index', takesMs: 4_200 },
    { id: 'suggestions', cron: '6s', description: 'Counts what people look for', takesMs: 350 },
  ],
  reports: [
    { id: 'sales', cron: '10s', description: 'Sales of the hour, as a table', takesMs: 1_800, failsEvery: 5 },
    { id: 'nightly', cron: '30 2 * * *', description: 'The report of the day', takesMs: 900 },
  ],
  mail: [
    { id: 'outbox', cron: '3s', description: 'Sends what is waiting', takesMs: 240 },
    { id: 'digest', cron: '12s', description: 'The digest of the week', takesMs: 2_600, hangsEvery: 3 },
  ],
  cache: [{ id: 'warm', cron: '5s', description: 'Renders the pages that are asked for most', takesMs: 700 }],
  pictures: [{ id: 'thumbnails', cron: '8s', description: 'Makes pictures small', takesMs: 3_100 }],
  billing: [
    { id: 'exchange-rates', cron: '15s', description: 'Asks the bank', takesMs: 400, failsEvery: 1 },
    { id: 'invoices', cron: '20s', description: 'Sends invoices that became due', takesMs: 1_300 },
  ],
};

/** The jobs of a shop, faster than in any real one, so that a minute of them makes a picture. */
export default definePlugin(({ options }) => {
  const { name } = options as { name: string };
  const jobs = JOBS[name] ?? [];
  return {
    name,
    schedules: () =>
      jobs.map(({ id, cron, description }) => ({ id, cron, description, budget: { wallMs: 5_000, graceMs: 200 } })),

    async run({ scheduleId, runCount, log, progress, signal }) {
      const job = jobs.find(({ id }) => id === scheduleId);
      if (job === undefined) return;
      log.info({ since: runCount * 40, changed: 12 + ((runCount * 7) % 23) }, 'what has changed was read');
      if (job.hangsEvery !== undefined && runCount % job.hangsEvery === 0) await delay(30_000, undefined, { signal });
      for (let step = 1; step <= 4; step += 1) {
        await delay(job.takesMs / 4, undefined, { signal });
        progress(step / 4, `${step} of 4 parts`);
        log.info({ part: step, rows: step * 250 }, 'part written');
      }
      if (job.failsEvery !== undefined && runCount % job.failsEvery === 0)
        throw placed(new Error('db-2 has not answered within 1500 ms'), name);
    },
  };
});

/** The frames of an error as a reader would see them: of the plugin, and in no folder of ours. */
function placed(error: Error, name: string): Error {
  const [message = '', frame = ''] = (error.stack ?? '').split('\n');
  error.stack = `${message}\n${frame.replace(/\(\S*shop\.ts/, `(file:///srv/shop/plugins/${name}.ts`)}`;
  return error;
}
