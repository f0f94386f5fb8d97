import { definePlugin } from 'escapement';
import { sentence } from '../words.ts';

/** A plugin that imports a file of the program, so that a mere copy of it would not do. */
export default definePlugin({
  name: 'beats',
  schedules: () => [{ id: 'beat', cron: '1s' }],
  run: ({ log }) => log.info(sentence('a second has passed')),
});
