import type { Fold } from './batch-folder.ts';
import type { ScheduleView, WriteVerdict } from './shared-backend.ts';

/** What a verdict says of the schedules in the batch. */
export function viewsOf(
  verdict: WriteVerdict,
  fold: Fold,
): { own: readonly ScheduleView[]; others: readonly ScheduleView[] } {
  switch (verdict.kind) {
    case 'written':
      return { own: fold.viewsAfter(verdict.revisions), others: [] };
    case 'conflict':
      return { own: [], others: verdict.views };
    case 'late':
    case 'early':
    case 'other-history':
      return { own: [], others: [] };
  }
}

/**
 * Whether the database says that its history is another one, or shows it: a schedule that this node has seen at a later
 * revision is at an earlier one.
 */
export function isOfOtherHistory(verdict: WriteVerdict, { batch }: Fold): boolean {
  if (verdict.kind !== 'conflict') return verdict.kind === 'other-history';
  const seen = new Map([...batch.changes, ...batch.checks].map(({ key, revision }) => [key, revision]));
  return verdict.views.some(({ key, revision }) => revision < (seen.get(key) ?? 0));
}
