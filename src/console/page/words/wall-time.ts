import { dateAndTime } from './instants.ts';

/** What a clock on the wall of a zone shows, as the browser's field for date and time wants it. */
export function wallTime(ms: number, zone: string): string {
  return dateAndTime(ms, zone).replace(' ', 'T');
}

/** The instant at which a clock in the zone shows this; NaN if it is no date and time. A skipped time moves ahead. */
export function instantOf(wall: string, zone: string): number {
  const asUtcMs = Date.parse(`${wall}Z`);
  if (Number.isNaN(asUtcMs)) return Number.NaN;
  const guess = asUtcMs - offsetMs(asUtcMs, zone);
  return asUtcMs - offsetMs(guess, zone);
}

function offsetMs(ms: number, zone: string): number {
  return Date.parse(`${wallTime(ms, zone)}Z`) - Math.floor(ms / 1_000) * 1_000;
}
