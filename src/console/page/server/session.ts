import { useEffect } from 'preact/hooks';
import { type Session, session } from '../state/session.ts';
import { useAnswer } from './answer.ts';

const EVERY_MS = 60_000;

/** Learns who looks at the page, and whether that changes. */
export function useSession(): void {
  const { data } = useAnswer<Session>('session', EVERY_MS);
  useEffect(() => {
    if (data !== null) session.set(data);
  }, [data]);
}
