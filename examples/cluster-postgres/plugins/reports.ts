/** A report that is due every second: each of its occurrences is one node's, whichever gets it. */
import { definePlugin } from '../../../src/plugin.ts';

export default definePlugin({
  name: 'reports',
  schedules: () => [{ id: 'orders', cron: '* * * * * *', locking: 'require-global' }],

  async run(ctx) {
    ctx.log.info({ fencingToken: ctx.fencingToken ?? null }, 'reported');
  },
});
