/** One schedule that a benchmark triggers. */
export default { name: 'start', schedules: () => [{ id: 'only', cron: '1d' }], run: () => {} };
