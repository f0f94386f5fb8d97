/** Durations as Go writes them, which robfig/cron made usual after `@every`: `5m`, `1h30m`, `1.5h`. */
import { checkedLength, intervalText, looseLengthMs, UNIT_MS } from '../duration.ts';

/** Milliseconds of each unit. Go has neither days nor weeks, but they cannot be misread. */
const GO_UNIT_MS: Readonly<Record<string, number>> = { ...UNIT_MS, ns: 1e-6, us: 1e-3 };

/** Whole milliseconds of a duration, or a text that says why it is refused. */
export function parseGoDuration(text: string): number | string {
  if (!/^(\d+(\.\d+)?(ns|us|ms|s|m|h|d|w))+$/.test(text)) {
    const lengthMs = looseLengthMs(text);
    const advice =
      lengthMs === undefined ? 'such as "@every 5m" or "@every 1h30m"' : `write "@every ${intervalText(lengthMs)}"`;
    return `"@every" must be followed by numbers with units (h, m, s or ms): ${advice}`;
  }
  let sumMs = 0;
  for (const [, amount, unit = ''] of text.matchAll(/([\d.]+)([a-z]+)/g))
    sumMs += Number(amount) * (GO_UNIT_MS[unit] ?? 0);
  return checkedLength(sumMs);
}
