/** The lane of node-cron: timers and jobs on the main thread, where the requests are. */
import { schedule } from 'node-cron';
import { JOBS } from '../../server/jobs.ts';
import { report, serve, settings } from '../../server/lane-server.ts';
import { markStart } from '../../server/start-mark.ts';
import { work } from '../../server/work.ts';

const demonstration = process.ppid;

const url = await serve({
  // For ever, but a process that nobody watches must not heat the room.
  loop: () => {
    while (process.ppid === demonstration) work(1_000);
  },
  stop: () => process.exit(),
});

for (const { id, cron, workMs } of JOBS) {
  const run = ({ date }: { readonly date: Date }): void => {
    markStart({ job: id, dueAtMs: date.getTime(), isCatchup: false });
    work(workMs * settings.roundsPerMs);
  };
  // It would warn on the standard output of every start that it misses. Here the demonstration counts them.
  schedule(cron, run, { timezone: 'UTC', suppressMissedWarning: true });
}
report({ kind: 'ready', url });
