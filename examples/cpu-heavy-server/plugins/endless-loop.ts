import { definePlugin } from '../../../src/plugin.ts';

/** A broken plugin: it never notices its signal and would hold its thread for ever, if its budget did not end it. */
export default definePlugin({
  name: 'endless-loop',
  schedules: () => [
    {
      id: 'spin',
      description: 'Loops for ever',
      cron: '*/5 * * * * *',
      budget: { wallMs: 800, graceMs: 200 },
    },
  ],

  run() {
    for (let turns = 0; ; turns += 1) Math.sqrt(turns);
  },
});
