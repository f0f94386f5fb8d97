import { definePlugin, type PluginInstall } from '../../src/plugin.ts';

/** One schedule that is far behind, and some that are not. Runs do nothing. */
export default definePlugin((install: PluginInstall) => {
  const { onTime } = install.options as unknown as { readonly onTime: number };
  const others = Array.from({ length: onTime }, (_, index) => ({ id: `on-time-${index}`, cron: '200ms' }));
  return {
    name: 'backlog',
    schedules: () => [{ id: 'behind', cron: '1s', missedRunPolicy: 'run-all' as const }, ...others],
    run: () => {},
  };
});
