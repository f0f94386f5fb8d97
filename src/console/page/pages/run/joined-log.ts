import type { LogLine } from '../../../../machines/run.ts';

/** So many lines are shown of a run that goes on and on. */
export const MOST_LINES = 2_000;

/** What was answered, followed by what was heard after it. The answer may already have some of what was heard. */
export function joinedLog(answered: readonly LogLine[], heard: readonly LogLine[]): readonly LogLine[] {
  const last = answered.at(-1);
  if (last === undefined) return heard;
  const at = heard.findLastIndex(({ atMs, message }) => atMs === last.atMs && message === last.message);
  const newer = at === -1 ? heard.filter(({ atMs }) => atMs > last.atMs) : heard.slice(at + 1);
  return [...answered, ...newer].slice(-MOST_LINES);
}
