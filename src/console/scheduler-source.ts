import type {
  OperatorEvent,
  OperatorMethod,
  OperatorRequests,
  OperatorTopic,
} from '../supervisor/operator-protocol.ts';
import type { AnswerOf, ParamsOf } from '../wire/questions.ts';

/**
 * A scheduler as the console sees it. In the console's own thread it is the supervisor thread at the other end of a
 * port, so that it answers while the host is blocked; in a handler that the host mounts it is the host's handle.
 */
export interface SchedulerSource {
  /** Rejects with the supervisor's own error, or with a `SupervisorDiedError` while there is none. */
  ask<M extends OperatorMethod>(
    method: M,
    params: ParamsOf<OperatorRequests, M>,
  ): Promise<AnswerOf<OperatorRequests, M>>;
  /** Is called with what happens from now on, in order, in batches. Returns how to end it. */
  listen(topics: readonly OperatorTopic[], heard: (events: readonly OperatorEvent[]) => void): () => void;
}
