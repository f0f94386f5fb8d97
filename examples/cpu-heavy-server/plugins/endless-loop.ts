import { definePlugin } from '../../../src/plugin.ts';

/** A hostile plugin: it hears of no signal, and would hold its thread for ever. Its budget ends it. */
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
