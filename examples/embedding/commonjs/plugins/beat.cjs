/** A plugin may be CommonJS too. */
const { definePlugin } = require('escapement');

module.exports = definePlugin({
  name: 'beats',
  schedules: () => [{ id: 'beat', cron: '1s' }],
  run: ({ log }) => log.info('a second has passed'),
});
