import type { PluginCalls } from '../../src/supervisor/ports/plugin-calls.ts';

/** For a node whose plugins call nothing. */
export const noCalls: PluginCalls = {
  call: () => Promise.reject(new Error('nothing can be called')),
  ended: () => {},
  keep: () => {},
  metrics: () => [],
  close: async () => {},
};
