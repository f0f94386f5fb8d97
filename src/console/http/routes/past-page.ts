/** A page of what happened, newest first. */
export interface PastPage<T> {
  readonly page: readonly T[];
  /** The `until` of the following page; null if there is none. */
  readonly next: number | null;
}

/**
 * Cuts a page from one item more than it may have, so that it is known whether there are more. `until` is exclusive: what
 * happened in the very instant at which the page is cut goes to the following page together, unless the page holds
 * nothing else.
 */
export function pastPage<T>(items: readonly T[], wanted: number, atMsOf: (item: T) => number): PastPage<T> {
  const following = items[wanted];
  if (following === undefined) return { page: items, next: null };
  const cutAtMs = atMsOf(following);
  const page = items.slice(0, wanted);
  const newer = page.filter((item) => atMsOf(item) > cutAtMs);
  const last = newer.at(-1);
  return last === undefined ? { page, next: cutAtMs } : { page: newer, next: atMsOf(last) };
}
