/** Three reports that are due every second. Each of their occurrences runs in one of the processes. */
import { setTimeout as work } from 'node:timers/promises';
import { definePlugin } from '../../../src/plugin.ts';

export default definePlugin({
  name: 'reports',
  schedules: () =>
    ['orders', 'stock', 'visits'].map((id) => ({ id, cron: '* * * * * *', locking: 'require-global' as const })),

  async run() {
    await work(20 + Math.random() * 30);
  },
});
