/** The overview, which the whole page watches: it also tells the time, and what is wrong. */
import { useEffect } from 'preact/hooks';
import type { Overview } from '../../../supervisor/operator-reports.ts';
import { createStore, useStore } from '../state/store.ts';
import { useAskingAgain } from './answer.ts';
import { useEvents } from './events.ts';
import { type ApiError, ask } from './request.ts';
import { hearTime } from './server-clock.ts';

interface KnownOverview {
  readonly data: Overview | null;
  readonly error: ApiError | null;
}

const EVERY_MS = 5_000;
const AFTER_EVENT_MS = 400;
const known = createStore<KnownOverview>({ data: null, error: null });
let waiting: ReturnType<typeof setTimeout> | undefined;

export function useOverview(): KnownOverview {
  return useStore(known);
}

/** Keeps the overview current. One part of the page calls it. */
export function useKeepingOverview(): void {
  useEffect(refreshOverview, []);
  useAskingAgain(refreshOverview, EVERY_MS);
  useEvents(['run', 'run-start', 'audit', 'warning'], refreshSoon, refreshSoon);
}

export function refreshOverview(): void {
  const sentAtMs = performance.now();
  ask<Overview>('overview').then(
    (data) => {
      hearTime(data.nowMs, sentAtMs, performance.now());
      known.set({ data, error: null });
    },
    (error: ApiError) => known.set({ data: known.get().data, error }),
  );
}

/** Many events may come at once. */
function refreshSoon(): void {
  if (waiting !== undefined) return;
  waiting = setTimeout(() => {
    waiting = undefined;
    refreshOverview();
  }, AFTER_EVENT_MS);
}
