export default {
  name: 'housekeeping',
  description: 'Keeps the application tidy.',
  schedules: () => [{ id: 'sweep', cron: '* * * * *' }],
  run: ({ log }) => log.info('tidied up'),
};
