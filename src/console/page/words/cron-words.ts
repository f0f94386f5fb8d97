import cronstrue from 'cronstrue';

const UNITS: Readonly<Record<string, string>> = { ms: 'millisecond', s: 'second', m: 'minute', h: 'hour', d: 'day' };
const NICKNAMES: Readonly<Record<string, string>> = {
  '@yearly': 'Once a year, at the start of 1 January',
  '@annually': 'Once a year, at the start of 1 January',
  '@monthly': 'Once a month, at the start of its first day',
  '@weekly': 'Once a week, at the start of Sunday',
  '@daily': 'Every day at midnight',
  '@midnight': 'Every day at midnight',
  '@hourly': 'Every hour, on the hour',
};

/** An expression in words, or null if there are none for it. */
export function cronWords(expression: string): string | null {
  const interval = /^(\d+)(ms|s|m|h|d)$/.exec(expression);
  if (interval !== null) return intervalWords(Number(interval[1]), UNITS[interval[2] ?? ''] ?? '');
  const nickname = NICKNAMES[expression];
  if (nickname !== undefined) return nickname;
  // A hash of the schedule's key stands for `H`: words for it would say something else.
  if (/\bH\b/.test(expression)) return null;
  try {
    return cronstrue.toString(expression, { use24HourTimeFormat: true, verbose: false });
  } catch {
    return null;
  }
}

function intervalWords(count: number, unit: string): string {
  return count === 1 ? `Every ${unit}` : `Every ${count} ${unit}s`;
}
