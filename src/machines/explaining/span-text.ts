const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;

/** A span of time for people, with about three digits: `1.2 ms`, `4.20 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function spanText(spanMs: number): string {
  if (spanMs < 100) return `${spanMs.toFixed(1)} ms`;
  if (spanMs < 1_000) return `${spanMs.toFixed(0)} ms`;
  if (spanMs < 59_995) return `${(spanMs / 1_000).toFixed(spanMs < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(spanMs / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 2 * 24 * 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  const hours = Math.round(minutes / 60);
  if (spanMs < 2 * YEAR_MS) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  return `${(spanMs / YEAR_MS).toFixed(1)} years`;
}
