import { describe, expect, test } from 'vitest';
import { visibleRows } from '../../../src/console/page/lists/row-range.ts';
import { budgetUse } from '../../../src/console/page/pages/pool/budget-use.ts';
import { joinedLog } from '../../../src/console/page/pages/run/joined-log.ts';
import { eventReader } from '../../../src/console/page/server/event-reader.ts';
import { cronWords } from '../../../src/console/page/words/cron-words.ts';
import { distance, duration } from '../../../src/console/page/words/durations.ts';
import { exactInstant, shortInstant } from '../../../src/console/page/words/instants.ts';
import { barEndMs, latenessText, tookText } from '../../../src/console/page/words/run-times.ts';
import { instantOf, wallTime } from '../../../src/console/page/words/wall-time.ts';
import { recordOf } from '../../support/ledger-entries.ts';

describe('lengths of time', () => {
  test.each([
    [0, '0 ms'],
    [0.4231, '0.42 ms'],
    [12.34, '12.3 ms'],
    [999, '999 ms'],
    [1_250, '1.25 s'],
    [59_999, '60 s'],
    [185_000, '3 min 05 s'],
    [7_200_000, '2 h'],
    [274_000_000, '3 d 04 h'],
    [-20, '−20 ms'],
    [Number.POSITIVE_INFINITY, 'no limit'],
  ])('%d ms is %s', (ms, text) => expect(duration(ms)).toBe(text));

  test.each([
    [0, 'now'],
    [-999, 'now'],
    [4_000, 'in 4 s'],
    [-3_600_000, '1 h ago'],
    [200_000_000, 'in 2 d'],
  ])('%d ms away is %s', (ms, text) => expect(distance(ms)).toBe(text));
});

describe('the times of a run', () => {
  const run = { startedAtMs: 1_000, finishedAtMs: 13_400, lateness: recordOf('r', 1_000).lateness };

  test('are how late it began and how long it took', () => {
    expect([latenessText({ ...run, threadId: 3 }), tookText({ ...run, threadId: 3 })]).toEqual(['1 ms', '12.4 s']);
  });

  test('are unknown if nobody saw it begin: it was claimed then, and settled when somebody was there again', () => {
    expect([latenessText(run), tookText(run)]).toEqual(['–', '–']);
  });

  test('are no bar on a lane if nobody saw it begin', () => {
    expect([barEndMs({ ...run, threadId: 3 }), barEndMs(run)]).toEqual([run.finishedAtMs, run.startedAtMs]);
  });
});

describe('instants', () => {
  const AT = Date.UTC(2026, 10, 27, 13, 5, 9, 123);

  test('have their date when it is not that of today, in the zone that is shown', () => {
    expect(shortInstant(AT, 'Europe/Berlin', AT + 1_000)).toBe('14:05:09');
    expect(shortInstant(AT, 'Asia/Tokyo', AT + 86_400_000)).toBe('2026-11-27 22:05:09');
    expect(exactInstant(AT, 'UTC')).toBe('2026-11-27 13:05:09.123 UTC');
  });

  test.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe'])(
    'come back from a clock on the wall of %s',
    (zone) => {
      const wholeMs = Math.floor(AT / 1_000) * 1_000;
      expect(instantOf(wallTime(AT, zone), zone)).toBe(wholeMs);
    },
  );

  test('are none without a date', () => expect(instantOf('', 'UTC')).toBeNaN());
});

describe('server-sent events', () => {
  test('are read from pieces that are cut anywhere', () => {
    const text = ': begins\n\nevent: run\ndata: {"a":\ndata: 1}\n\nevent: log\r\ndata: x\r\n\r\ndata: un';
    for (let cut = 0; cut <= text.length; cut += 1) {
      const eventsOf = eventReader();
      const events = [...eventsOf(text.slice(0, cut)), ...eventsOf(text.slice(cut))];
      expect(events).toEqual([
        { type: 'run', data: '{"a":\n1}' },
        { type: 'log', data: 'x' },
      ]);
    }
  });
});

describe('the log of a run that lasts', () => {
  const line = (atMs: number) => ({ atMs, level: 'info' as const, message: `line ${atMs}` });

  test('has each line once, whether it was answered or heard', () => {
    expect(joinedLog([line(1), line(2)], [line(2), line(3)])).toEqual([line(1), line(2), line(3)]);
    expect(joinedLog([line(1), line(2)], [line(1), line(3)])).toEqual([line(1), line(2), line(3)]);
    expect(joinedLog([], [line(1)])).toEqual([line(1)]);
  });
});

describe('the rows of a long list', () => {
  test('are those in sight with a margin, and never beyond the list', () => {
    expect(visibleRows(100, 900, 50, 10_000)).toEqual({ start: 0, end: 24 });
    expect(visibleRows(-50_000, 900, 50, 10_000)).toEqual({ start: 992, end: 1_026 });
    expect(visibleRows(-9_999_999, 900, 50, 20)).toEqual({ start: 20, end: 20 });
    expect(visibleRows(0, 900, 50, 0)).toEqual({ start: 0, end: 0 });
  });
});

describe('the use of budgets', () => {
  test('is the run that came nearest to its own limit, and begins with the plugin that came nearest', () => {
    const plugin = (name: string, wallMs: number) =>
      ({ name, budget: { wallMs }, schedules: [{ key: `${name}/a`, budget: { wallMs } }] }) as never;
    const run = (key: string, tookMs: number) => ({ key, startedAtMs: 0, finishedAtMs: tookMs, threadId: 1 }) as never;
    const page = { plugins: [plugin('calm', 1_000), plugin('busy', 100)] };
    const runs = [run('calm/a', 200), run('busy/a', 50), run('busy/a', 90), run('busy/not-described', 900)];
    const uses = budgetUse(page, runs);
    expect(uses.map(({ name, wall }) => [name, wall])).toEqual([
      ['busy', { used: 90, limit: 100 }],
      ['calm', { used: 200, limit: 1_000 }],
    ]);
  });

  test('has nothing of a run that was lost with its process, whose instants are those of the process', () => {
    const plugin = { name: 'p', budget: { wallMs: 100 }, schedules: [{ key: 'p/a', budget: {} }] } as never;
    const lost = { key: 'p/a', outcome: 'lost', startedAtMs: 0, finishedAtMs: 12_000 } as never;
    expect(budgetUse({ plugins: [plugin] }, [lost])).toMatchObject([{ name: 'p', wall: null }]);
  });
});

describe('expressions in words', () => {
  test.each([
    ['90s', 'Every 90 seconds'],
    ['1h', 'Every hour'],
    ['1w', 'Every week'],
    ['P1W', 'Every week'],
    ['PT1H30M', 'Every 90 minutes'],
    ['@every 1h30m', 'Every 90 minutes'],
    ['@Daily', 'Every day at midnight'],
    ['@reboot', 'Once after each start'],
    ['0 0 * * FRI-MON', 'At 00:00, Friday through Monday'],
    ['0 22-2/2 * * *', 'On the hour, every 2 hours, between 22:00 and 02:00'],
    ['0 6 15w * *', 'At 06:00, on the weekday nearest day 15 of the month'],
    ['0 0 LW * *', 'At 00:00, on the last weekday of the month'],
    ['0 0 L-3 * *', 'At 00:00, 3 days before the last day of the month'],
    ['0 0 * * 1#1,3#2', 'At 00:00, on the first Monday and second Wednesday of the month'],
    ['0 0 L-3W * *', 'At 00:00, on the weekday nearest the day 3 days before the last day of the month'],
    ['0 0 l-1w 1 *', 'At 00:00, on the weekday nearest the day before the last day of the month, only in January'],
    ['0 0 1,15W,L * *', 'At 00:00, on day 1, the weekday nearest day 15 and the last day of the month'],
    ['30 0 6 1-5,LW * *', 'At 06:00:30, on days 1 through 5 and the last weekday of the month'],
    ['0 0 */2,L * *', 'At 00:00, on every 2nd day and the last day of the month'],
    ['0 0 L,1 * *', 'At 00:00, on the last day and day 1 of the month'],
    ['0 0 L-3,15W * *', 'At 00:00, on the day 3 days before the last day and the weekday nearest day 15 of the month'],
    [
      '*/5 * L-3W,LW 2 MON',
      'Every 5 minutes, on the weekday nearest the day 3 days before the last day and ' +
        'the last weekday of the month, and on Monday, only in February',
    ],
    // No words are better than wrong ones.
    ['0 0 1-5/2,15W * *', null],
    ['0 H * * *', null],
    ['P1M', null],
  ])('%s: %s', (expression, words) => expect(cronWords(expression)).toBe(words));
});
