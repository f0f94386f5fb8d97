import { definePlugin } from '../../../../../src/plugin.ts';

/** A broken plugin: it never looks at its signal and would hold its thread for ever, if its budget did not end it. */
export default definePlugin({
  name: 'endless',
  schedules: () => [
    {
      id: 'loop',
      description: 'Loops for ever when it is triggered',
      cron: '@daily',
      enabled: false,
      budget: { wallMs: 1_000, graceMs: 200 },
    },
  ],

  run() {
    for (let turns = 0; ; turns += 1) Math.sqrt(turns);
  },
});
