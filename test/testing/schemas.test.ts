/** The schemas of a plugin, in virtual time. */
import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../src/index.ts';
import { createVirtualScheduler } from '../../src/testing/index.ts';
import plugin from '../fixtures/plugins/checked-by-valibot.ts';

describe('a plugin with schemas, in a virtual scheduler', () => {
  test('gets what they make of its options and configs', async () => {
    const reports: JsonValue[][] = [];
    const scheduler = await createVirtualScheduler({
      plugins: [{ plugin, options: { since: '2026-03-01' } }],
      hostFunctions: { report: async (...args) => reports.push(args) },
    });
    await scheduler.start();
    await scheduler.trigger('checked/coerced');
    await scheduler.advance('1m');
    await scheduler.stop();
    expect(reports).toEqual([['b', 2, Date.parse('2026-03-01')]]);
  });

  test('is refused as by a real scheduler', async () => {
    const options = { since: '2026-03-01', isBroken: true };
    const scheduler = await createVirtualScheduler({ plugins: [{ plugin, options }] });
    await expect(scheduler.start()).rejects.toThrow('Schedule "checked/coerced": config.path is invalid: Too short.');
  });
});
