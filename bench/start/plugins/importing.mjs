/** Measures in its pool thread what a plugin pays for the import of `options.entry`, and reports it to the host. */
export default async ({ options }) => {
  const fromMs = performance.now();
  await import(options.entry);
  const importMs = performance.now() - fromMs;
  return {
    name: 'importing',
    schedules: () => [{ id: 'only', cron: '1d' }],
    run: (ctx) => ctx.host.report(importMs),
  };
};
