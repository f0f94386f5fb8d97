import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { contact } from './connection.ts';
import { type ApiError, ask } from './request.ts';

/** What is known of an answer. `data` stays while it is asked for anew, and when that fails. */
export interface Answer<T> {
  readonly data: T | null;
  readonly error: ApiError | null;
  readonly refresh: () => void;
}

interface Known<T> {
  readonly path: string | null;
  readonly data: T | null;
  readonly error: ApiError | null;
}

/** Asks the API, and asks again every `everyMs`, while the page can be seen. Asks nothing while `path` is null. */
export function useAnswer<T>(path: string | null, everyMs: number | null = null): Answer<T> {
  const [known, setKnown] = useState<Known<T>>({ path, data: null, error: null });
  const asked = useRef<AbortController | null>(null);
  const refresh = useCallback(() => {
    if (path === null) return;
    asked.current?.abort();
    const controller = new AbortController();
    asked.current = controller;
    ask<T>(path, controller.signal).then(
      (data) => setKnown({ path, data, error: null }),
      (error: ApiError) => {
        if (controller.signal.aborted) return;
        setKnown((last) => ({ path, data: last.path === path ? last.data : null, error }));
      },
    );
  }, [path]);
  useEffect(() => {
    refresh();
    return () => asked.current?.abort();
  }, [refresh]);
  useAskingAgain(refresh, everyMs);
  const isOfPath = known.path === path;
  return { data: isOfPath ? known.data : null, error: isOfPath ? known.error : null, refresh };
}

/** Calls `refresh` every `everyMs` while the page is visible, when it becomes visible, and when contact is found again. */
export function useAskingAgain(refresh: () => void, everyMs: number | null): void {
  useEffect(() => {
    const ifVisible = (): void => {
      if (!document.hidden && contact.get().state === 'connected') refresh();
    };
    const timer = everyMs === null ? undefined : setInterval(ifVisible, everyMs);
    document.addEventListener('visibilitychange', ifVisible);
    const deafen = contact.listen(ifVisible);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', ifVisible);
      deafen();
    };
  }, [refresh, everyMs]);
}
