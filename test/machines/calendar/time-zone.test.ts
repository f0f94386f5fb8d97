import { describe, expect, test } from 'vitest';
import { InvalidTimezoneError } from '../../../src/errors.ts';
import { canonicalTimezone } from '../../../src/machines/calendar/time-zone.ts';
import { isAbbreviation } from '../../../src/machines/calendar/zone-names.ts';

function problemOf(timezone: string): string {
  try {
    return `accepted as ${canonicalTimezone(timezone)}`;
  } catch (error) {
    return (error as InvalidTimezoneError).problem;
  }
}

const abbreviation = (zone: string): string =>
  `is an abbreviation, which can mean several zones: did you mean "${zone}"?`;

describe('canonicalTimezone', () => {
  test.each([
    ['BST', 'Europe/London'],
    ['bst', 'Europe/London'],
    ['EST', 'America/New_York'],
    ['CST', 'America/Chicago'],
    ['MST', 'America/Denver'],
    ['PST', 'America/Los_Angeles'],
    ['HST', 'Pacific/Honolulu'],
    ['IST', 'Asia/Kolkata'],
    ['CET', 'Europe/Berlin'],
    ['CEST', 'Europe/Berlin'],
    ['AEST', 'Australia/Sydney'],
    ['ACT', 'Australia/Adelaide'],
    ['Z', 'UTC'],
  ])('refuses the abbreviation %s, and names %s', (name, zone) => {
    expect(problemOf(name)).toBe(abbreviation(zone));
    expect(canonicalTimezone(zone)).toBeTruthy();
  });

  // Every text of three letters that ICU takes, so that none is forgotten.
  test('accepts no name of three letters but universal time and three countries', () => {
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const names = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => `${a}${b}${c}`)));
    expect(names.filter((name) => !isAbbreviation(name)).toSorted()).toEqual([
      'GMT',
      'PRC',
      'ROC',
      'ROK',
      'UCT',
      'UTC',
    ]);
  });

  test.each([
    ['UTC', 'UTC'],
    ['utc', 'UTC'],
    ['GMT', 'UTC'],
    ['Etc/UTC', 'UTC'],
    ['Etc/GMT+5', 'Etc/GMT+5'],
    ['europe/paris', 'Europe/Paris'],
    ['US/Eastern', 'America/New_York'],
    ['Japan', 'Asia/Tokyo'],
    ['GB', 'Europe/London'],
    ['PRC', 'Asia/Shanghai'],
  ])('accepts %s, which is %s', (name, zone) => {
    expect(canonicalTimezone(name)).toBe(zone);
  });

  test('accepts every zone that the runtime lists, and older names of them', () => {
    const zones = [...Intl.supportedValuesOf('timeZone'), 'Asia/Calcutta', 'Asia/Kolkata', 'Europe/Kiev', 'EST5EDT'];
    expect(zones.filter((zone) => problemOf(zone).startsWith('is '))).toEqual([]);
    expect(zones.length).toBeGreaterThan(300);
  });

  test.each([
    ['Europe/Parise', 'Europe/Paris'],
    ['Europe/New_York', 'America/New_York'],
    ['New York', 'America/New_York'],
    ['Kolkata', 'Asia/Kolkata'],
    ['Asia/Kolkatta', 'Asia/Kolkata'],
    ['Europe/Kyev', 'Europe/Kyiv'],
    ['America\\Chicago', 'America/Chicago'],
    ['+02:00', 'Etc/GMT-2'],
    ['UTC-5', 'Etc/GMT+5'],
    ['UTC+0', 'UTC'],
  ])('names the zone that was meant by %s: %s', (name, zone) => {
    expect(problemOf(name)).toBe(`is unknown: did you mean "${zone}"?`);
    expect(canonicalTimezone(zone)).toBeTruthy();
  });

  test.each(['Mars/Olympus', '', '+05:30', 'UTC+20', 'x'.repeat(5_000), 'QQQ'])('suggests nothing for %s', (name) => {
    expect(problemOf(name)).toMatch(/: it must be an IANA zone such as "Europe\/Paris" or "UTC"$/);
    expect(() => canonicalTimezone(name)).toThrow(InvalidTimezoneError);
  });
});
