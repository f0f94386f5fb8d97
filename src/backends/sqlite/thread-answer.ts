import { reasonOf } from '../../wire/error-record.ts';

/** How a thread that owns a SQLite file answers a question. */
export type ThreadAnswer<A = unknown> =
  | { readonly kind: 'answered'; readonly id: number; readonly answer: A }
  | { readonly kind: 'refused'; readonly id: number; readonly reason: string };

/** Does what a question asks for. An error crosses the threads as a sentence. */
export function answerTo<A>(id: number, work: () => A): ThreadAnswer<A> {
  try {
    return { kind: 'answered', id, answer: work() };
  } catch (error) {
    return { kind: 'refused', id, reason: reasonOf(error) };
  }
}
