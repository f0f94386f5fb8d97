import { definePlugin } from '../../../src/plugin.ts';

/** Something for the console to show: jobs of every second and every minute, and one to start by hand. */
export default definePlugin({
  name: 'housekeeping',
  description: 'Keeps the application tidy.',
  schedules: () => [
    { id: 'beat', cron: '1s', description: 'Shows that time goes on, whatever the server does.' },
    { id: 'sweep', cron: '* * * * *', description: 'Removes what nobody has used for a while.' },
    { id: 'rebuild-index', cron: '@yearly', description: 'Start it by hand after an import.' },
  ],
  run: ({ scheduleId, log, progress }) => {
    progress(0.5, 'half of it is done');
    log.info({ scheduleId }, 'tidied up');
  },
});
