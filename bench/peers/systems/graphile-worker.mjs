import { Logger, run } from 'graphile-worker';
import { job } from '../jobs/job.mjs';
import { inLanes, ONCE_A_YEAR_IN_MINUTES } from './patterns.mjs';

const wholeMinutes = 'its cron knows whole minutes';
export const cannot = { idle: wholeMinutes, blocked80: wholeMinutes, blocked100: wholeMinutes };

const ADDING_LANES = 10;

/** As a library: its tasks run on the host thread. */
export async function start({ names, threads, servers }) {
  const runner = await run({
    connectionString: servers.postgres,
    concurrency: threads,
    noHandleSignals: true,
    logger: new Logger(() => () => {}),
    taskList: { bench: async () => job('given') },
    crontab: names.map((name) => `${ONCE_A_YEAR_IN_MINUTES} bench ?id=${name}`).join('\n'),
  });
  return { give: (count) => inLanes(ADDING_LANES, count, () => runner.addJob('bench', {})) };
}
