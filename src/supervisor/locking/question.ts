import { type Judged, WrongReplyError } from './lock-replies.ts';

/** Somebody waits for an answer to `asked`. */
export interface Question<Q, A> {
  readonly asked: Q;
  resolve(answer: A): void;
  reject(error: Error): void;
}

/** Gives the answer of a backend, or refuses it if it was wrong. */
export function settle<A>(question: Question<unknown, A>, answer: Judged<A>): void {
  if (answer instanceof WrongReplyError) question.reject(answer);
  else question.resolve(answer);
}
