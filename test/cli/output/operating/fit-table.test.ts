import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fitTable } from '../../../../src/cli/output/operating/fit-table.ts';
import { printLiveRuns, printScheduleTable } from '../../../../src/cli/output/operating/operating-report.ts';
import { shortened, textWidth } from '../../../../src/cli/output/operating/text-width.ts';
import type { Terminal } from '../../../../src/cli/output/terminal.ts';
import type { ScheduleStatus } from '../../../../src/index.ts';

const KEY = 'invoices@northern-lights-electricity:bergen/reconcile-with-the-bank-nightly';

function linesOn(width: number | undefined, print: (terminal: Terminal) => void): string[] {
  const lines: string[] = [];
  const plain = (_style: string, text: string): string => text;
  print({ width, result: (line) => lines.push(line), notice: () => {}, paint: plain, paintNotice: plain });
  return lines;
}

function status(key: string): ScheduleStatus {
  const lastRun = { finishedAtMs: 1_000, outcome: 'missed-skipped', threadId: 1, lateness: { totalMs: 12.5 } };
  return { key, state: 'quarantined', nextOccurrenceAtMs: 60_000, lastRun } as unknown as ScheduleStatus;
}

describe('a text that is shortened', () => {
  test.each([
    ['report/nightly', 14, 'report/nightly'],
    ['report/nightly', 9, 'repo…htly'],
    ['report/nightly', 8, 'rep…htly'],
    ['日本語の予定/夜', 8, '日本…/夜'],
    ['abc', 1, '…'],
    ['abc', 0, ''],
  ])('%j into %i width is %j', (text, columns, expected) => expect(shortened(text, columns)).toBe(expected));

  test('is never wider, and begins and ends as before', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 0, max: 60 }), (text, width) => {
        const short = shortened(text, width);
        expect(textWidth(short)).toBeLessThanOrEqual(width);
        if (short === text) return;
        const [begin = '', end = ''] =
          width === 0 ? [] : short.split('…').filter((_, index, all) => index === 0 || index === all.length - 1);
        expect(text.startsWith(begin)).toBe(true);
        expect(text.endsWith(end)).toBe(true);
      }),
    );
  });
});

describe('a table with long keys', () => {
  const schedules = [status('mail/digest'), status(KEY)];

  test.each([80, 100, 120, 200])('fits into %i columns', (width) => {
    const lines = linesOn(width, (terminal) => printScheduleTable(schedules, terminal));
    expect(lines).toHaveLength(3);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(lines[1]).toContain('mail/digest');
    expect(lines[2]).toMatch(width < 150 ? /^invoices@.*….*nightly {2}/ : KEY);
    expect(lines[2]).toContain('quarantined');
    expect(lines[2]).toContain('1970-01-01T00:01:00Z');
  });

  test('leaves out what is least wanted before a key can no longer be told', () => {
    const [wide] = linesOn(200, (terminal) => printScheduleTable(schedules, terminal));
    expect(wide?.split(/ {2,}/)).toEqual(['schedule', 'state', 'next', 'last ended', 'outcome', 'late']);
    const [narrow] = linesOn(80, (terminal) => printScheduleTable(schedules, terminal));
    expect(narrow?.split(/ {2,}/)).toEqual(['schedule', 'state', 'next', 'outcome']);
  });

  test('is whole where lines have no end', () => {
    const lines = linesOn(undefined, (terminal) => printScheduleTable(schedules, terminal));
    expect(lines[2]).toContain(KEY);
    expect(lines[0]).toContain('last ended');
  });

  test('keeps short keys and all width where they fit', () => {
    const lines = linesOn(100, (terminal) => printScheduleTable([status('mail/digest')], terminal));
    expect(lines[0]).toContain('last ended');
    expect(lines[1]).toContain('mail/digest');
  });

  test('of runs that execute fits, too', () => {
    const run = { runId: '0123456789', key: KEY, phase: 'running', startedAtMs: 0, progress: { fraction: 0.5 } };
    const lines = linesOn(80, (terminal) => printLiveRuns([run as never], 61_000, terminal));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines[1]).toMatch(/invoices@.*…/);
  });

  test('keeps the place of every cell', () => {
    const rows = [['a', 'bb', 'ccc'].map((text) => ({ text }))];
    const fitted = fitTable(rows, { width: 5, keys: 0, spare: [1] });
    expect(fitted.kept).toEqual([0, 2]);
    expect(fitted.rows[0]?.map(({ text }) => text)).toEqual(['a', 'ccc']);
  });
});
