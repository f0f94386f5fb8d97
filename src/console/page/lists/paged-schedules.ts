import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { SchedulePage } from '../../../supervisor/operator-reports.ts';
import type { ScheduleStatus } from '../../../supervisor/scheduler-reports.ts';
import { useAskingAgain } from '../server/answer.ts';
import { useEvents } from '../server/events.ts';
import { type ApiError, ask, questionPath } from '../server/request.ts';
import type { RowRange } from './row-range.ts';

/** Which schedules a list shows, as the API asks for them. */
export interface ListQuery {
  readonly search?: string;
  readonly state?: string;
  readonly plugin?: string;
  readonly tenant?: string;
  readonly problems?: boolean;
  readonly sort?: string;
}

export interface PagedSchedules {
  /** Null until it is known. */
  readonly total: number | null;
  readonly error: ApiError | null;
  readonly at: (index: number) => ScheduleStatus | null;
  readonly refresh: () => void;
}

interface Known {
  readonly question: string;
  readonly total: number | null;
  readonly error: ApiError | null;
  readonly pages: ReadonlyMap<number, readonly ScheduleStatus[]>;
}

const PAGE_SIZE = 100;
const EVERY_MS = 5_000;
const AFTER_EVENT_MS = 700;

/** The part of the schedules that a virtual list shows, in pages that are asked for when they come into sight. */
export function usePagedSchedules(query: ListQuery, range: RowRange): PagedSchedules {
  const question = questionPath('schedules', { ...query });
  const [known, setKnown] = useState<Known>(() => nothingOf(question));
  const [first, last] = [Math.floor(range.start / PAGE_SIZE), Math.floor(Math.max(0, range.end - 1) / PAGE_SIZE)];
  const asked = useRef<AbortController | null>(null);
  const refresh = useCallback(() => {
    asked.current?.abort();
    const controller = new AbortController();
    asked.current = controller;
    for (let page = first; page <= last; page += 1) load(query, question, page, controller.signal, setKnown);
  }, [question, first, last]);
  useEffect(() => {
    refresh();
    return () => asked.current?.abort();
  }, [refresh]);
  useAskingAgain(refresh, EVERY_MS);
  useRefreshAfterEvents(refresh);
  // What was asked for before stays in sight until the answer comes.
  const { total, error, pages } = known;
  return {
    total,
    error,
    at: (index) => pages.get(Math.floor(index / PAGE_SIZE))?.[index % PAGE_SIZE] ?? null,
    refresh,
  };
}

function nothingOf(question: string): Known {
  return { question, total: null, error: null, pages: new Map() };
}

function load(
  query: ListQuery,
  question: string,
  page: number,
  signal: AbortSignal,
  setKnown: (change: (last: Known) => Known) => void,
): void {
  const path = questionPath('schedules', { ...query, offset: page * PAGE_SIZE, limit: PAGE_SIZE });
  ask<SchedulePage>(path, signal).then(
    ({ total, schedules }) =>
      setKnown((last) => {
        const pages = new Map(last.question === question ? last.pages : []);
        return { question, total, error: null, pages: pages.set(page, schedules) };
      }),
    (error: ApiError) => {
      if (signal.aborted) return;
      setKnown((last) => ({ ...(last.question === question ? last : nothingOf(question)), error }));
    },
  );
}

function useRefreshAfterEvents(refresh: () => void): void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(refresh);
  latest.current = refresh;
  const soon = (): void => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, AFTER_EVENT_MS);
  };
  useEvents(['run', 'run-start', 'audit'], soon, soon);
  useEffect(() => () => clearTimeout(timer.current), []);
}
