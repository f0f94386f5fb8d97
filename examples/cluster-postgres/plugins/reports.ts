/** A report that is due every second. Each of its occurrences runs on one of the nodes. */
import { definePlugin } from '../../../src/plugin.ts';

export default definePlugin({
  name: 'reports',
  schedules: () => [{ id: 'orders', cron: '* * * * * *', locking: 'require-global' }],

  async run(ctx) {
    ctx.log.info({ fencingToken: ctx.fencingToken ?? null }, 'reported');
  },
});
