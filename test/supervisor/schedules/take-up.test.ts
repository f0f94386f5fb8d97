import { describe, expect, test } from 'vitest';
import type { DeclaredTimes, ScheduleState } from '../../../src/machines/schedule-state.ts';
import { declaredTimes } from '../../../src/supervisor/schedules/definition.ts';
import { ScheduleRegistry } from '../../../src/supervisor/schedules/registry.ts';
import { takeUp } from '../../../src/supervisor/schedules/take-up.ts';
import { define, every } from '../../support/virtual-engine.ts';

const OWED = { runId: 'lost-run', scheduledAtMs: 3_000 };

/** A schedule that was created at 1 s and stood at 4 s, taken up at 60 s. */
function takenUp(changed: Partial<DeclaredTimes>, own: Partial<ScheduleState> = {}) {
  const record = new ScheduleRegistry().add(define('p/s', every(1_000)), 60_000);
  const declared = { ...declaredTimes(record.definition), ...changed };
  const counts = { runCount: 2, dueCount: 5, outcomes: { succeeded: 2, failed: 3 }, failuresInRow: 3 };
  takeUp(record, { key: 'p/s', createdAtMs: 1_000, declared, cursorMs: 4_000, owed: OWED, ...counts, ...own }, 60_000);
  return record;
}

describe('takeUp', () => {
  test('goes on where the schedule stood, with what it owes', () => {
    expect(takenUp({})).toMatchObject({ cursorMs: 4_000, countsFromMs: 1_000, createdAtMs: 1_000, owed: OWED });
  });

  test.each([
    ['expression', { cron: '7s' }],
    ['time zone', { timezone: 'Europe/Vienna' }],
    ['switch', { isEnabled: false }],
  ])('has missed and owes nothing where it had another %s', (_what, changed) => {
    expect(takenUp(changed)).toMatchObject({ cursorMs: 60_000, countsFromMs: 60_000, createdAtMs: 1_000, owed: null });
  });

  test('never falls back behind an occurrence that was had', () => {
    expect(takenUp({ cron: '7s' }, { cursorMs: 61_000 }).cursorMs).toBe(61_000);
  });

  test('keeps counts and pause', () => {
    const pause = { atMs: 5_000, note: 'maintenance' };
    expect(takenUp({}, { pause })).toMatchObject({
      dueCount: 5,
      runCount: 2,
      outcomes: { succeeded: 2, failed: 3 },
      failuresInRow: 3,
      pause,
      resting: 'paused',
    });
    expect(takenUp({})).toMatchObject({ pause: null, resting: 'idle' });
  });
});
