import { definePlugin } from '../../src/index.ts';

/** `dies` ends its thread, `lives` does not. */
export default definePlugin({
  name: 'mortal',
  schedules: () => ['dies', 'lives'].map((id) => ({ id, cron: '1d' })),
  run: ({ scheduleId }) => {
    if (scheduleId === 'dies') process.exit(1);
  },
});
