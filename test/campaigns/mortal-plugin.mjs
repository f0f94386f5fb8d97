const KINDS = ['lives', 'dies', 'spins'];
/** Several of each kind, because a schedule runs once at a time. */
const OF_EACH_KIND = 2;

/** `dies` ends its thread, `spins` runs until its thread is terminated, `lives` does neither. */
export default {
  name: 'mortal',
  schedules: () =>
    KINDS.flatMap((kind) =>
      Array.from({ length: OF_EACH_KIND }, (_, index) => ({
        id: `${kind}-${index}`,
        cron: '1d',
        ...(kind === 'spins' && { budget: { wallMs: 20, graceMs: 0 } }),
      })),
    ),
  run: ({ scheduleId }) => {
    if (scheduleId.startsWith('dies')) process.exit(1);
    if (scheduleId.startsWith('spins')) for (;;) {}
  },
};
