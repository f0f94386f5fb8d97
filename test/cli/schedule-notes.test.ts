import { describe, expect, test } from 'vitest';
import { scheduleNotes } from '../../src/cli/output/schedule-notes.ts';
import type { ScheduleStatus } from '../../src/index.ts';
import { cli, fixture } from './cli-process.ts';

const NOW_MS = Date.UTC(2026, 10, 26);

function notesOf(cron: string, jitterMs = 0): readonly string[] {
  const status = { key: 'p/s', cron, timezone: 'UTC', jitterMs } as Partial<ScheduleStatus> as ScheduleStatus;
  return scheduleNotes(status, NOW_MS);
}

describe('notes about jitter', () => {
  test.each([
    ['10s', 60_000, 'jitterMs 60000 is capped, at 9000 ms'],
    ['0 9-17 * * 1-5', 7_200_000, 'jitterMs 7200000 is capped, at 3240000 ms'],
    ['0,1 3 * * 0', 3_600_000, 'jitterMs 3600000 is capped, at 54000 ms'],
  ])('of %s with %i ms say where the cap is', (cron, jitterMs, note) => {
    expect(notesOf(cron, jitterMs)).toEqual([expect.stringContaining(note)]);
  });

  test.each([
    ['10s', 0],
    ['10s', 9_000],
    ['0 9-17 * * 1-5', 3_240_000],
    ['30 2 * * *', 3_600_000],
  ])('of %s with %i ms say nothing', (cron, jitterMs) => {
    expect(notesOf(cron, jitterMs)).toEqual([]);
  });
});

describe('notes about what no clock tells', () => {
  test('say that a start cannot be listed, and from when the others are counted', () => {
    expect(notesOf('@reboot', 60_000)).toEqual([expect.stringContaining('once after each start')]);
    expect(notesOf('@every 5m')).toEqual([
      expect.stringContaining('counted from when the schedule is first registered'),
    ]);
    expect(notesOf('5m')).toEqual([]);
  });
});

describe('notes about the day fields', () => {
  test.each([
    ['0 0 */2 * 1', 'day of month "*/2" or day of week "1"'],
    ['0 0 1,15 * */2', 'day of month "1,15" or day of week "*/2"'],
    ['0 0 0 */1 * MON', 'day of month "*/1" or day of week "MON"'],
    ['0 0 */2 * */3', 'day of month "*/2" or day of week "*/3"'],
    ['0 0 */10,5 * 1', 'day of month "*/10,5" or day of week "1"'],
  ])('of %s say that either may match, unlike in Vixie cron', (cron, fields) => {
    expect(notesOf(cron)).toEqual([expect.stringContaining(fields)]);
  });

  // Either both rules give the same days, or Vixie cron knows no such field.
  test.each(['0 0 15 * 1', '0 0 */2 * *', '0 0 * * */2', '0 0 */2 * ?', '0 0 L * 5L', '@monthly', '2d', '*/5 * * * 1'])(
    'of %s say nothing',
    (cron) => {
      expect(notesOf(cron)).toEqual([]);
    },
  );
});

describe('escapement validate', () => {
  test('prints a note under the schedule that it is about', async () => {
    const { code, stdout } = await cli('validate', fixture('noted-plugin.ts'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/ {2}noted\/crowded {2}"10s" UTC\n {4}note jitterMs 60000 is capped, at 9000 ms/);
    expect(stdout.match(/jitterMs \d+ is capped/g)).toHaveLength(2);
  });

  test('has notes in its JSON', async () => {
    const { stdout } = await cli('validate', '--json', fixture('noted-plugin.ts'));
    const { schedules } = JSON.parse(stdout) as { schedules: { key: string; notes: string[] }[] };
    expect(schedules.map(({ notes }) => notes.length)).toEqual([1, 1, 0]);
  });
});
