import { definePlugin } from '../../../src/plugin.ts';

/** Something for the console to show: a job of every minute, and one that is only ever started by hand. */
export default definePlugin({
  name: 'housekeeping',
  description: 'Keeps the application tidy.',
  schedules: () => [
    { id: 'sweep', cron: '* * * * *', description: 'Removes what nobody has used for a while.' },
    { id: 'rebuild-index', cron: '@yearly', description: 'Start it by hand after an import.' },
  ],
  run: ({ scheduleId, log, progress }) => {
    progress(0.5, 'half of it is done');
    log.info({ scheduleId }, 'tidied up');
  },
});
