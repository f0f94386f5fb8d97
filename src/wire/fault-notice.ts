import type { ErrorRecord } from '../machines/run.ts';

/** The text of a warning about messages that could not be handled. */
export function droppedText(from: string, { name, message }: ErrorRecord, count: number): string {
  const what = count === 1 ? 'A message' : `${count} messages`;
  return `${what} from ${from} could not be handled and had to be dropped: ${name}: ${message}`;
}

const STUCK_PLACE = 'in a system call, or in one long step of native code, which nothing can end';
/** Why a thread goes on that was terminated. Which of the two it is cannot be told from outside. */
export const THREAD_STUCK = `it sits ${STUCK_PLACE}`;
export const THREADS_STUCK = `they sit ${STUCK_PLACE}`;
