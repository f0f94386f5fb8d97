import { job } from '../job.mjs';

export default ({ options: { names, cron } }) => ({
  name: 'peers',
  schedules: () => names.map((id) => ({ id, cron })),
  run: ({ scheduleId, scheduledAtMs }) => job(scheduleId, scheduledAtMs),
});
