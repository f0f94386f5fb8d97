import { definePlugin } from '../../../../../src/plugin.ts';
import { JOBS, REPORT } from '../../../server/jobs.ts';
import { markStart } from '../../../server/start-mark.ts';
import { work } from '../../../server/work.ts';

/** The jobs of both lanes, as a plugin. */
export default definePlugin(({ options }) => {
  const { roundsPerMs } = options as { readonly roundsPerMs: number };
  return {
    name: 'jobs',
    // Every report that was missed is made up for. Of the others, the newest one stands for all.
    schedules: () =>
      JOBS.map(({ id, description, cron }) => ({
        id,
        description,
        cron,
        missedRunPolicy: id === REPORT.id ? 'run-all' : 'run-once',
      })),

    run({ scheduleId, scheduledAtMs, isCatchup, firstMissedAtMs = scheduledAtMs }) {
      markStart({ job: scheduleId, dueAtMs: scheduledAtMs, isCatchup, firstMissedAtMs });
      work((JOBS.find(({ id }) => id === scheduleId)?.workMs ?? 0) * roundsPerMs);
    },
  };
});
