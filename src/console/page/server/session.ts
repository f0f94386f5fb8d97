import { useEffect } from 'preact/hooks';
import { type Session, session } from '../state/session.ts';
import { useAnswer } from './answer.ts';
import type { ApiError } from './request.ts';

const EVERY_MS = 60_000;

/** Learns who looks at the page. Returns why the console does not say it, and how to ask again. */
export function useSession(): { readonly known: boolean; readonly error: ApiError | null; readonly ask: () => void } {
  const { data, error, refresh } = useAnswer<Session>('session', EVERY_MS);
  useEffect(() => {
    if (data !== null) session.set(data);
  }, [data]);
  return { known: data !== null, error, ask: refresh };
}
