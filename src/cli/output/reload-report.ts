import type { ReloadReport } from '../../index.ts';

/** What a reload has changed: a summary, and a line for each schedule that is not as it was. */
export function reloadLines({ added, removed, changed, unchanged }: ReloadReport): {
  readonly summary: string;
  readonly lines: readonly string[];
} {
  const counts = Object.entries({ added, removed, changed, unchanged }).filter(([, keys]) => keys.length > 0);
  return {
    summary: counts.map(([what, keys]) => `${keys.length} ${what}`).join(', ') || 'it has no schedules',
    lines: [
      ...added.map((key) => `added ${key}`),
      ...removed.map((key) => `removed ${key}`),
      ...changed.map(({ key, why }) => `changed ${key}: ${why}`),
    ],
  };
}
