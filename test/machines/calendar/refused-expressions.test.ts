import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InvalidExpressionError } from '../../../src/errors.ts';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';

function reasonOf(source: string): string {
  try {
    parseExpression(source);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidExpressionError);
    return (error as InvalidExpressionError).reason;
  }
  return 'accepted';
}

const DAYS = 'sun, mon, tue, wed, thu, fri, sat';
const MONTHS = 'jan, feb, mar, apr, may, jun, jul, aug, sep, oct, nov, dec';
const NEVER = 'it never falls due: no month in it has such a day';
const INTERVAL = 'an interval must be a whole number and a unit (ms, s, m, h, d or w), such as "30s"';
const FIELD_COUNT = ': minute, hour, day of month, month, day of week, with the seconds before them if there are 6';

describe('an expression that is refused', { timeout: 60_000 }, () => {
  test.each([
    ['', 'it must not be empty'],
    ['   ', 'it must not be empty'],
    [`${'1,'.repeat(200)}1 * * * *`, 'it must have at most 256 characters, and has 409'],
    ['*', `it must have 5 or 6 fields, and has 1${FIELD_COUNT}`],
    ['* * * *', `it must have 5 or 6 fields, and has 4${FIELD_COUNT}`],
    ['0 0 * * * * * *', `it must have 5 or 6 fields, and has 8${FIELD_COUNT}`],
    ['5', 'it is a number without a unit: write "5s" for seconds, or "5m" for minutes'],
    ['"0 3 * * *"', 'it has quotation marks in it: write 0 3 * * * without them'],
  ])('%j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    ['60 * * * *', 'minute 60 must be within 0–59: write 0'],
    ['61 * * * *', 'minute 61 must be within 0–59'],
    ['60 * * * * *', 'second 60 must be within 0–59: write 0'],
    ['0 24 * * *', 'hour 24 must be within 0–23: midnight is 0'],
    ['0 0 0 * *', 'day of month 0 must be within 1–31: the first day is 1, and the last one is "L"'],
    ['0 0 32 * *', 'day of month 32 must be within 1–31'],
    ['0 0 1 0 *', 'month 0 must be within 1–12: January is 1'],
    ['0 0 1 13 *', 'month 13 must be within 1–12: December is 12'],
    ['0 0 * * 8', 'day of week 8 must be within 0–7: 0 and 7 are Sunday, and 1 is Monday'],
    ['*/0 * * * *', 'minute step 0 must be within 1–59'],
    ['*/60 * * * *', 'minute step 60 must be within 1–59: for an interval write "60m"'],
    ['*/90 * * * * *', 'second step 90 must be within 1–59: for an interval write "90s"'],
    ['0 */24 * * *', 'hour step 24 must be within 1–23: for an interval write "24h"'],
    ['0 0 */40 * *', 'day of month step 40 must be within 1–31: for an interval write "40d"'],
    ['0 0 1 */24 *', 'month step 24 must be within 1–12'],
    ['*/ * * * *', 'minute step "" must be a whole number, such as "*/2"'],
    ['1/2/3 * * * *', 'minute "1/2/3" has more than one step: write one, such as "*/2"'],
    ['/15 * * * *', 'minute has a step without a range: write "*" before it'],
    ['1,,2 * * * *', 'minute has an empty list item: remove a comma'],
    ['1, * * * *', 'minute has an empty list item: remove a comma'],
    ['1x * * * *', 'minute "1x" must be a number from 0 to 59'],
    ['0x10 * * * *', 'minute "0x10" must be a number from 0 to 59'],
    ['1e1 * * * *', 'minute "1e1" must be a number from 0 to 59'],
    ['1.5 * * * *', 'minute "1.5" must be a number from 0 to 59'],
    ['+5 * * * *', 'minute "+5" must be a number from 0 to 59: leave out the "+"'],
    ['-5 * * * *', 'minute "-5" has no beginning: write "0-5", or "*/5" for a step'],
    ['5- * * * *', 'minute "5-" has no end: write "5-59"'],
    ['1-2-3 * * * *', 'minute "1-2-3" must be a range such as 0-59'],
    ['*5 * * * *', 'minute "*5" must be a number from 0 to 59: "*" stands alone, or before a step such as "*/2"'],
    ['1..5 * * * *', 'minute "1..5" must be a number from 0 to 59: a range is written with "-"'],
    ['1;5 * * * *', 'minute "1;5" must be a number from 0 to 59: items of a list are separated by a comma'],
    [
      '0~29 * * * *',
      'minute "0~29" must be a number from 0 to 59: a value between two bounds is "H(0-29)", derived from the schedule\'s key',
    ],
    [
      'h * * * *',
      'minute "h" must be a number from 0 to 59: a value derived from the schedule\'s key is a capital "H"',
    ],
    ['H(5) * * * *', 'minute "H(5)" must be "H", or "H(0-59)" with two bounds'],
    ['H(30-10) * * * *', 'minute "H(30-10)" must not run backwards: its lower bound comes first'],
    ['H(0-60) * * * *', 'minute 60 must be within 0–59: write 0'],
    ['0 9am * * *', 'hour "9am" must be a number from 0 to 23: hours count from 0 to 23, so write "9"'],
    ['0 12AM * * *', 'hour "12AM" must be a number from 0 to 23: hours count from 0 to 23, so write "0"'],
    [
      '0 9:30 * * *',
      'hour "9:30" must be a number from 0 to 23: a time of day is two fields, minute and hour: write "30 9"',
    ],
    ['MON * * * *', 'minute "MON" must be a number from 0 to 59: a day of the week stands in the last field'],
    [
      '0 0 * FRI *',
      `month "FRI" must be a number from 1 to 12, or one of ${MONTHS}: a day of the week stands in the last field`,
    ],
    [
      '0 0 * * JAN',
      `day of week "JAN" must be a number from 0 to 7, or one of ${DAYS}: a month stands in the last field but one`,
    ],
    ['0 0 1 january *', `month "january" must be a number from 1 to 12, or one of ${MONTHS}: write "jan"`],
    ['0 0 * * Tues', `day of week "Tues" must be a number from 0 to 7, or one of ${DAYS}: write "tue"`],
    ['0 0 * * Wednesday', `day of week "Wednesday" must be a number from 0 to 7, or one of ${DAYS}: write "wed"`],
    ['0 0 * * xyz', `day of week "xyz" must be a number from 0 to 7, or one of ${DAYS}`],
    ['? * * * *', '"?" works only in the day fields, not as the minute: write "*"'],
    [
      '0 12 * * ? *',
      '"?" works only in the day fields, not as the month: write "*", or leave out the last field if it is a year',
    ],
  ])('field of %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    ['0 0 * * 1#6', 'day of week "1#6": the number after "#" must be within 1–5: write "1L" for the last one'],
    ['0 0 * * 1#0', 'day of week "1#0": the number after "#" must be within 1–5'],
    ['0 0 * * 8#1', 'day of week 8 must be within 0–7: 0 and 7 are Sunday'],
    [
      '0 0 * * 1-3#2',
      'day of week "1-3#2" must be the last ("5L") or the nth ("1#2") of a month: write each day, such as "1#2,3#2"',
    ],
    ['0 0 * * FRI#L', 'day of week "FRI#L" must be the last ("5L") or the nth ("1#2") of a month: write "FRIL"'],
    [
      '0 0 * * Tuesday#3',
      'day of week "Tuesday#3" must be the last ("5L") or the nth ("1#2") of a month: write "Tue#3"',
    ],
    ['0 0 * * L', 'day of week "L" needs a day: write "5L" for the last Friday, or "6" for every Saturday'],
    [
      '0 0 * * L5',
      'day of week "L5" must begin with the day: write "5L" for the last Friday. "L-3" works only in the day of month',
    ],
    ['0 0 * * 5W', 'day of week "5W": "W" works only in the day of month. Write "MON-FRI" for every workday'],
    ['0 0 15L * *', 'day of month "15L" is not a day: write "L" for the last day, "L-3" for the third before it'],
    ['0 0 L-0 * *', 'day of month "L-0": the number after "L-" must be within 1–30'],
    ['0 0 L-31 * *', 'day of month "L-31": the number after "L-" must be within 1–30'],
    ['0 0 32W * *', 'day of month "32W": the day before "W" must be within 1–31'],
    [
      '0 0 1-15W * *',
      'day of month "1-15W": "W" follows one day: write "15W" for the workday nearest to the 15th, "LW" for the last one',
    ],
    ['0 0 15W/2 * *', 'day of month "15W/2": "15W" is one day, so it has no step'],
    ['0 0 2#3 * *', 'day of month "2#3" must be a number from 1 to 31: "#" works only in the day of week'],
    ['0 L * * *', 'hour "L" must be a number from 0 to 23: "L", "W" and "#" work only in the day fields'],
    [
      '0 0 13 * +FRI',
      `day of week "+FRI" must be a number from 0 to 7, or one of ${DAYS}: "+" is not supported. When both day fields are restricted either may match, so let run() return on other days`,
    ],
    ['0 0 31 2 *', NEVER],
    ['0 0 30 2 *', NEVER],
    ['0 0 31 4,6,9,11 *', NEVER],
    ['0 0 31W 4 *', NEVER],
  ])('day of %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    ['0s', 'an interval must be at least 1ms'],
    ['99999999d', 'an interval must be at most a thousand years'],
    ['1.5s', `${INTERVAL}: write "1500ms"`],
    ['1h30m', `${INTERVAL}: write "90m"`],
    ['5min', `${INTERVAL}: write "5m"`],
    ['5M', `${INTERVAL}: write "5m"`],
    ['2months', `${INTERVAL}: months differ in length, so write "@monthly"`],
    ['1y', `${INTERVAL}: years differ in length, so write "@yearly"`],
    ['5parsecs', INTERVAL],
    ['P1M', '"P1M" has months, which differ in length: write "@monthly", or the day such as "0 0 1 * *"'],
    ['P3M', '"P3M" has months, which differ in length: write the months of a year, such as "0 0 1 */3 *"'],
    [
      'P5M',
      '"P5M" has months, which differ in length: write the months of a year, such as "0 0 1 1,7 *", or an interval of days, such as "150d"',
    ],
    ['P1Y', '"P1Y" has years, which differ in length: write "@yearly", or the date such as "0 0 1 1 *"'],
    ['P1Y6M', '"P1Y6M" has years, which differ in length: write "@yearly", or the date such as "0 0 1 1 *"'],
    ['P5', '"P5" must be a duration of ISO 8601, such as "PT5M", "PT1H30M", "P1D" or "P1W"'],
    ['PT0S', 'an interval must be at least 1ms'],
    ['R5/PT1H', '"R5/PT1H" is a repeated interval of ISO 8601: write its duration alone, such as "PT1H"'],
    [
      '@every 5',
      '"@every" must be followed by numbers with units (h, m, s or ms): such as "@every 5m" or "@every 1h30m"',
    ],
    ['@every 5 minutes', '"@every" must be followed by numbers with units (h, m, s or ms): write "@every 5m"'],
    ['@every 100us', 'an interval must be at least 1ms'],
  ])('length of %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    ['@anually', '"@anually" is not a nickname: did you mean "@annually"?'],
    ['@every', '"@every" is not a nickname: did you mean "@every 5m"?'],
    ['@evry 5m', '"@evry 5m" is not a nickname: did you mean "@every 5m"?'],
    ['@minutely', '"@minutely" is not a nickname: write "1m"'],
    ['@weekdays', '"@weekdays" is not a nickname: write "0 0 * * MON-FRI"'],
    ['@startup', '"@startup" is not a nickname: write "@reboot"'],
    [
      '@somewhere',
      'a nickname must be one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly, @reboot, or "@every 5m"',
    ],
  ])('nickname %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    [
      '0 0 12 1 1 * 2027',
      'the seventh field is a year ("2027"), which is not supported: a schedule recurs in every year, so write "0 0 12 1 1 *", and let run() return in other years',
    ],
    [
      '0 0 12 * * MON *',
      'the seventh field is a year ("*"), which is not supported: write "0 0 12 * * MON", which means the same',
    ],
    [
      '0 12 1 1 * 2027-2030',
      'the sixth field is a year ("2027-2030"), which is not supported: a schedule recurs in every year, so write "0 12 1 1 *", and let run() return in other years',
    ],
    [
      '0 3 * * * /usr/bin/backup --full',
      '"/usr/bin/backup --full" is a command: write the 5 fields alone, "0 3 * * *"',
    ],
    [
      'TZ=Europe/Paris 0 3 * * *',
      '"TZ=Europe/Paris" is not part of an expression: write the zone as the schedule\'s timezone, and "0 3 * * *" alone',
    ],
    [
      'CRON_TZ=UTC @daily',
      '"CRON_TZ=UTC" is not part of an expression: write the zone as the schedule\'s timezone, and "@daily" alone',
    ],
    [
      '2027-03-01T09:30:00Z',
      'it is a date, and an expression recurs: for this day of every year write "30 9 1 3 *", and for a single run call trigger()',
    ],
    [
      '2027-03-01',
      'it is a date, and an expression recurs: for this day of every year write "0 0 1 3 *", and for a single run call trigger()',
    ],
    ['every 5 minutes', 'it is English: write "5m"'],
    ['Every hour', 'it is English: write "1h"'],
    ['5 minutes', 'it is English: write "5m"'],
    ['1 hour and 30 minutes', 'it is English: write "90m"'],
    ['daily', 'it is English: write "@daily"'],
    ['9pm', 'it is English: write "0 21 * * *"'],
    ['every day at 9:30 am', 'it is English: write "30 9 * * *"'],
    ['mondays at 17', 'it is English: write "0 17 * * MON"'],
    [
      'every other tuesday',
      'it is English: write an interval such as "5m", or fields such as "0 9 * * MON" for 09:00 on Mondays',
    ],
    ['rate(5 minutes)', '"rate(…)" is a form of AWS: write the interval alone, "5m"'],
    [
      'cron(0 12 * * ? *)',
      '"cron(…)" is a form of AWS: write the first five fields alone, such as "0 12 * * ?", where Sunday is 0 and not 1',
    ],
    ['FREQ=DAILY;BYHOUR=9', 'it is a rule of iCalendar: write an expression such as "0 9 * * MON" or "1d"'],
    ['Mon *-*-* 04:00:00', 'it is a calendar event of systemd: write fields such as "0 4 * * *" for 04:00 every day'],
  ])('other form %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test.each([
    ['0\u00a03 * * *', 'character 2 is a non-breaking blank (U+00A0): write an ordinary blank'],
    ['0\u20033 * * *', 'character 2 is an unusual blank (U+2003): write an ordinary blank'],
    ['0 9–17 * * *', 'character 4 is an en dash (U+2013): write "-"'],
    ['0 9—17 * * *', 'character 4 is an em dash (U+2014): write "-"'],
    ['0 9−17 * * *', 'character 4 is an unusual dash (U+2212): write "-"'],
    ['0 3 * *\u200b *', 'character 8 is an invisible character (U+200B): remove it'],
    ['0 3 * *\n *', 'character 8 is a line break (U+000A): write an expression in one line'],
    ['0 3 ∗ * *', 'character 5 is an unusual asterisk (U+2217): write "*"'],
    [
      '∗⁄5 * * * *',
      'character 1 is an unusual asterisk (U+2217): write "*"; character 2 is an unusual slash (U+2044): write "/"',
    ],
    ['５ * * * *', 'character 1 is "５" (U+FF15): write "5"'],
    [
      '0 0 * * mé',
      `character 10 is "é" (U+00E9): no expression has it; day of week "m" must be a number from 0 to 7, or one of ${DAYS}`,
    ],
    ['“0 3 * * *”', 'character 1 is a quotation mark (U+201C): remove it'],
  ])('character of %j: %s', (source, reason) => {
    expect(reasonOf(source)).toBe(reason);
  });

  test('is told everything that is wrong with it at once', () => {
    expect(reasonOf('TZ=UTC 61 24 * * 1–9')).toBe(
      [
        'character 19 is an en dash (U+2013): write "-"',
        '"TZ=UTC" is not part of an expression: write the zone as the schedule\'s timezone, and "61 24 * * 1-9" alone',
        'minute 61 must be within 0–59',
        'hour 24 must be within 0–23: midnight is 0',
        'day of week 9 must be within 0–7: 0 and 7 are Sunday, and 1 is Monday',
      ].join('; '),
    );
  });

  test('is any text that is not an expression, and nothing else is thrown', () => {
    const parts = fc.constantFrom(
      ...[
        '*',
        '?',
        'L',
        'W',
        '#',
        '-',
        ',',
        '/',
        ' ',
        '5',
        '0',
        '31',
        'H',
        'H(',
        ')',
        'MON',
        'jan',
        '@every ',
        '@',
        'P',
        'T',
      ],
      ...[
        'every ',
        'at ',
        ':',
        'am',
        'TZ=',
        '2026',
        '.',
        'm',
        's',
        '\u00a0',
        '–',
        '"',
        '~',
        '+',
        'minutes',
        'R/',
        '\n',
        'ß',
        '😀',
      ],
    );
    const texts = fc.oneof(
      fc.string({ maxLength: 300, unit: 'binary' }),
      fc.array(parts, { maxLength: 60 }).map((all) => all.join('')),
      fc
        .array(
          fc.array(parts, { minLength: 1, maxLength: 4 }).map((all) => all.join('').replaceAll(' ', '')),
          {
            minLength: 4,
            maxLength: 8,
          },
        )
        .map((fields) => fields.join(' ')),
    );
    fc.assert(
      fc.property(texts, (source) => {
        expect(reasonOf(source)).not.toBe('');
      }),
      { numRuns: 500 },
    );
  });

  test('has a message that ends with one mark', () => {
    expect(() => parseExpression('@anually')).toThrow(
      'Expression "@anually" is invalid: "@anually" is not a nickname: did you mean "@annually"?',
    );
    expect(() => parseExpression('61 * * * *')).toThrow(
      'Expression "61 * * * *" is invalid: minute 61 must be within 0–59.',
    );
  });
});
