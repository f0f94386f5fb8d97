import { expect, test } from 'vitest';
import { isCalendarDate } from '../../../src/machines/calendar/calendar-date.ts';

test.each(['2026-02-28', '2028-02-29', '2026-12-31T23:59:59Z', '+002026-03-29T01:00Z', '-000001-01-31', '0099-01-01'])(
  '%s is on the calendar',
  (text) => {
    expect(isCalendarDate(text)).toBe(true);
  },
);

test.each([
  '2026-02-29',
  '2026-02-30T00:00:00Z',
  '2026-04-31',
  '2026-13-01',
  '2026-00-10',
  '2026-01-00',
  'tomorrow',
  '',
])('"%s" is not', (text) => {
  expect(isCalendarDate(text)).toBe(false);
});
