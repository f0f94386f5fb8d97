import { describe, expect, test } from 'vitest';
import { cli } from './cli-process.ts';

describe('escapement next', () => {
  test('lists what comes next in a zone, through the end of winter time', async () => {
    const { code, stdout } = await cli(
      'next',
      '30 2 * * *',
      '--timezone',
      'Europe/Paris',
      '--from',
      '2026-03-28T12:00',
      '--count',
      '2',
    );
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'Sun 2026-03-29 03:00:00 +02:00  2026-03-29T01:00:00Z',
      'Mon 2026-03-30 02:30:00 +02:00  2026-03-30T00:30:00Z',
      '',
    ]);
  });

  test('counts from the given instant what is counted from the start, and says so', async () => {
    const { stdout, stderr } = await cli('next', '@every 90s', '--from', '2026-03-05T00:00:10Z', '--count', '1');
    expect(stdout).toBe('Thu 2026-03-05 00:01:40 +00:00\n');
    expect(stderr).toContain('Counted from --from, as if the schedule began then.');
  });

  test('says of a start that it cannot be listed', async () => {
    const { code, stdout, stderr } = await cli('next', '@reboot');
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain('It falls due once after each start of the scheduler, so no instant can be listed.');
  });

  test('lists the next five occurrences in UTC by default', async () => {
    const { stdout } = await cli('next', '@daily');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(5);
    for (const line of lines) expect(line).toMatch(/^\w{3} \d{4}-\d\d-\d\d 00:00:00 \+00:00$/);
  });

  test('prints JSON, with milliseconds only where there are some', async () => {
    const { stdout } = await cli('next', '500ms', '--from', '2026-01-01', '--count', '2', '--json');
    expect(JSON.parse(stdout)).toEqual({
      expression: '500ms',
      timezone: 'UTC',
      occurrences: ['2026-01-01T00:00:00.500Z', '2026-01-01T00:00:01Z'],
    });
  });

  test('derives H from the schedule key that it is given', async () => {
    const args = ['next', 'H * * * *', '--from', '2026-01-01', '--count', '1', '--seed'];
    const [one, same, other] = await Promise.all([cli(...args, 'a/b'), cli(...args, 'a/b'), cli(...args, 'a/c')]);
    expect(one.stdout).toBe(same.stdout);
    expect(one.stdout).not.toBe(other.stdout);
  });

  test.each([
    ['no expression', ['next'], 'next needs an expression'],
    ['an expression without quotes', ['next', '0', '9', '1', '1', '1'], 'but 5 words were given: put quotes around it'],
    [
      'an instant that the calendar lacks',
      ['next', '@daily', '--from', '2026-02-30'],
      '"2026-02-30" is not an instant: write 2026-03-29 or',
    ],
    ['an instant in words', ['next', '@daily', '--from', 'tomorrow'], '"tomorrow" is not an instant'],
    [
      'a count of none',
      ['next', '@daily', '--count', '0'],
      'Option --count must be a whole number from 1 to 10000, not "0".',
    ],
  ])('refuses %s', async (_, args, message) => {
    const { code, stdout, stderr } = await cli(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('fails for an unknown zone', async () => {
    const { code, stderr } = await cli('next', '@daily', '--timezone', 'Europe/Pari');
    expect(code).toBe(1);
    expect(stderr).toContain('Time zone "Europe/Pari" is unknown: did you mean "Europe/Paris"?');
  });
});
