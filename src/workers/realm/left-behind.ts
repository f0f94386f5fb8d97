/**
 * What a run leaves active in its thread: timers, sockets, servers, child processes, requests that have not ended.
 * Their callbacks would execute beside the runs of other plugins.
 */
const { getActiveResourcesInfo } = process;

/** The kinds of the resources that are active now, one entry for each. Only what would keep a process alive is listed. */
export function activeResources(): readonly string[] {
  return getActiveResourcesInfo.call(process);
}

/** Says what is active now and was not before, for example "2 Timeout, 1 TCPServerWrap"; null for nothing. */
export function leftBehind(before: readonly string[], now: readonly string[]): string | null {
  if (now.length <= before.length) return null;
  const counts = new Map<string, number>();
  for (const kind of now) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  for (const kind of before) counts.set(kind, (counts.get(kind) ?? 0) - 1);
  const added = [...counts].filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`);
  return added.length === 0 ? null : added.join(', ');
}
