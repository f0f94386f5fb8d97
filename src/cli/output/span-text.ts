/** A span of time for people, with about three digits: `1.2 ms`, `4.20 s`, `3 min 20 s`, `2 h 5 min`. */
export function spanText(spanMs: number): string {
  if (spanMs < 100) return `${spanMs.toFixed(1)} ms`;
  if (spanMs < 1_000) return `${spanMs.toFixed(0)} ms`;
  if (spanMs < 59_995) return `${(spanMs / 1_000).toFixed(spanMs < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(spanMs / 1_000);
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
