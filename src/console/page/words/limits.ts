import { duration } from './durations.ts';
import { whole } from './numbers.ts';

/** A limit in words. JSON has no `Infinity`: what is null there is no limit. Null if nothing is said about it. */
export function limitText(limit: number | null | undefined, unit: 'ms' | 'MiB' | 'instructions'): string | null {
  if (limit === undefined) return null;
  if (limit === null || limit === Number.POSITIVE_INFINITY) return 'no limit';
  return unit === 'ms' ? duration(limit) : `${whole(limit)} ${unit}`;
}
