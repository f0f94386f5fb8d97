import type { ComponentChildren } from 'preact';
import type { ApiError } from '../server/request.ts';

/** Where nothing is to be seen: why, and what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children !== undefined && <p>{children}</p>}
    </div>
  );
}

/** Where the schedules of a scheduler that has none would be. */
export function NoSchedules() {
  return (
    <Empty title="There are no schedules.">
      A plugin declares them. Name one in <code>plugins</code> of <code>createScheduler</code>, or call{' '}
      <code>scheduler.install()</code>.
    </Empty>
  );
}

/** Where something is still to come. */
export function Loading({ rows = 3 }: { readonly rows?: number }) {
  return (
    <div class="loading" aria-busy="true">
      <span class="unseen">Loading</span>
      {Array.from({ length: rows }, (_, index) => (
        <i key={index} />
      ))}
    </div>
  );
}

const ADVICE: Readonly<Record<number, string>> = {
  0: 'Check that its process runs. The page tries again by itself.',
  403: 'You may not see this. Ask whoever set the console up.',
  404: 'It may have been removed, or its history is no longer kept.',
  429: 'Too many requests came at once. Wait a moment.',
  503: 'The scheduler is not there. It may be starting anew; the page tries again by itself.',
};

/** Where something should be and could not be had. */
export function Failed({ error, retry }: { readonly error: ApiError; readonly retry?: () => void }) {
  return (
    <div class="empty failed" role="alert">
      <p class="empty-title">{error.message}</p>
      <p>{ADVICE[error.status] ?? `The console refused with status ${error.status}.`}</p>
      {retry !== undefined && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}
