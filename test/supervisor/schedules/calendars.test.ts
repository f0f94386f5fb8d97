import { describe, expect, test } from 'vitest';
import { ScheduleRecurrence } from '../../../src/machines/calendar/recurrence.ts';
import { Calendars } from '../../../src/supervisor/schedules/calendars.ts';

const NOON_MS = Date.parse('2026-03-28T12:00:00Z');
const HOUR_MS = 3_600_000;

describe('the calendars of a plugin', () => {
  test('are shared by all schedules with one expression and zone', () => {
    const calendars = new Calendars();
    const calendar = calendars.get('@daily', 'UTC', 'a/b');
    expect(calendars.get('@daily', 'UTC', 'a/c')).toBe(calendar);
    expect(calendars.get('@daily', 'Europe/Paris', 'a/b')).not.toBe(calendar);
  });

  test('are not shared where an H gives every schedule its own times', () => {
    const calendars = new Calendars();
    expect(calendars.get('H * * * *', 'UTC', 'a/b')).not.toBe(calendars.get('H * * * *', 'UTC', 'a/c'));
  });

  test('answer for any instant, whatever they were asked before', () => {
    const shared = new Calendars().get('@hourly', 'UTC', 'a/b');
    const recurrence = new ScheduleRecurrence('a/b', shared, 0);
    expect(recurrence.next(NOON_MS)).toBe(NOON_MS + HOUR_MS);
    expect(recurrence.next(NOON_MS + HOUR_MS - 1)).toBe(NOON_MS + HOUR_MS);
    expect(recurrence.next(NOON_MS + HOUR_MS)).toBe(NOON_MS + 2 * HOUR_MS);
    expect(recurrence.next(NOON_MS - 1)).toBe(NOON_MS);
  });

  test.each(['@every 5m', '@REBOOT', '0 H * * *'])('gives each schedule its own for %s', (cron) => {
    const calendars = new Calendars();
    expect(calendars.get(cron, 'UTC', 'p/a')).not.toBe(calendars.get(cron, 'UTC', 'p/b'));
    expect(calendars.get('@daily', 'UTC', 'p/a')).toBe(calendars.get('@daily', 'UTC', 'p/b'));
  });
});
