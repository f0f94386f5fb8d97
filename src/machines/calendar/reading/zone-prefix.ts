import type { Plain } from './unusual-characters.ts';

/** Finds a time zone in front of an expression, as robfig/cron and some crontabs write it. */
export function zonePrefix(text: string): Plain {
  const [, prefix = '', zone = '', rest = ''] = /^((?:CRON_)?TZ)=(\S*)\s*(.*)$/.exec(text) ?? [];
  if (prefix === '') return { text, problems: [] };
  const problem = `"${prefix}=${zone}" is not part of an expression: write the zone as the schedule's timezone, and "${rest}" alone`;
  return { text: rest, problems: [rest === '' ? `${problem.split(',')[0]}` : problem] };
}
