import { describe, expect, test } from 'vitest';
import { Capabilities } from '../../../src/supervisor/schedules/capabilities.ts';

describe('Capabilities', () => {
  test('of a scheduler whose store cannot keep what plugins need are without host.kv', () => {
    const parts = { hasLocks: false, hostFunctions: ['mail'], isDryRun: false };
    const capabilities = new Capabilities({ ...parts, hasKv: false });
    expect(capabilities.own).toEqual(['host.fetch', 'host.metric', 'host.mail']);
    const about = { provides: [], requires: ['host.kv', 'host.fetch'] };
    expect(capabilities.problemsOf({ name: 'report', reference: {}, about }, [])).toEqual([
      'Plugin "report" requires the capability "host.kv", which needs a store with the method "kv".',
    ]);
  });
});
