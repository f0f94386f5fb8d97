/**
 * The fencing token after `last`: the microseconds since 1970, or one more than the last token if that is more. So tokens
 * rise when whatever counted them is lost, restored or replaced by another backend: every backend counts in this way.
 * Exact until the year 2255.
 */
export function nextToken(last: number | undefined, atMs: number): number {
  return Math.max((last ?? 0) + 1, Math.floor(atMs * 1_000));
}
