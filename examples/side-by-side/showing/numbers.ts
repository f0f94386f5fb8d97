/** `0.4 ms`, `12 ms` or `2.1 s`, with only as many digits as mean something. */
export function duration(ms: number): string {
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** The same for a lateness, which is infinite if something never started; `–` if nothing was measured. */
export function measured(ms: number | null): string {
  if (ms === null) return '–';
  return ms === Number.POSITIVE_INFINITY ? 'never' : duration(ms);
}
