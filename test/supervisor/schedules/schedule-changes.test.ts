import { describe, expect, test } from 'vitest';
import { scheduleChanges } from '../../../src/supervisor/schedules/schedule-changes.ts';
import { define, every } from '../../support/virtual-engine.ts';

const { times, budget } = define('p/a', every(1_000));

describe('what a reload changes', () => {
  test('is said for each schedule that came, went or changed, and the rest is unchanged', () => {
    const before = ['p/gone', 'p/same', 'p/moved'].map((key) => define(key, every(1_000)));
    const after = [
      define('p/new', every(1_000)),
      define('p/same', every(1_000)),
      define('p/moved', every(1_000), { times: { ...times, cron: '2s', timezone: 'Europe/Paris' } }),
    ];
    expect(scheduleChanges(before, after)).toEqual({
      added: ['p/new'],
      removed: ['p/gone'],
      changed: [{ key: 'p/moved', why: 'cron: "1s" is now "2s"; timezone: "UTC" is now "Europe/Paris"' }],
      unchanged: ['p/same'],
    });
  });

  test('names limits, what was not set before, and a config without its value', () => {
    const before = [define('p/a', every(1_000), { declared: { config: { password: 'old' } } })];
    const after = [
      define('p/a', every(1_000), {
        declared: { config: { password: 'new' }, maxCatchup: 3, budget: { wallMs: 5 } },
        budget: { ...budget, wallMs: 5 },
        priority: 1,
      }),
    ];
    const [changed] = scheduleChanges(before, after).changed;
    expect(changed?.why).toBe(
      'its config; priority: 1000 is now 1; budget.wallMs: 60000 is now 5; maxCatchup: not set is now 3',
    );
  });
});
