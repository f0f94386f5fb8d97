export default {
  name: 'housekeeping',
  description: 'Keeps the application tidy.',
  schedules: () => [
    { id: 'beat', cron: '1s' },
    { id: 'sweep', cron: '* * * * *' },
  ],
  run: ({ log }) => log.info('tidied up'),
};
