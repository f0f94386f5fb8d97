/**
 * The way from one node to a backend and back, with everything that can go wrong on it: a request that never arrives,
 * an answer that never comes back, a delay in each direction, a fault before or after the backend did its work.
 */
import type { NodeClock } from '../node-clock.ts';
import type { Random } from '../run-duration.ts';
import type { VirtualClock } from '../virtual-clock.ts';

/** How a network and its backends behave. Rates are chances in [0, 1]. */
export interface NetworkFaults {
  /** The longest delay of a message in one direction, in milliseconds. Default 5. */
  readonly maxDelayMs: number;
  /** The backend fails without having done anything. Default 0. */
  readonly errorBefore: number;
  /** The backend did its work, but the node gets an error. Default 0. */
  readonly errorAfter: number;
  /** The backend did its work, but the node gets no answer. Default 0. */
  readonly lostAnswer: number;
}

export const NO_FAULTS: NetworkFaults = { maxDelayMs: 5, errorBefore: 0, errorAfter: 0, lostAnswer: 0 };

export class Link {
  /** May be changed while the node is running. */
  faults: NetworkFaults;
  /** Nothing passes, so that the node gets neither an answer nor an error. */
  isCut = false;
  readonly #clock: VirtualClock;
  readonly #node: NodeClock;
  readonly #random: Random;

  constructor(clock: VirtualClock, node: NodeClock, { faults, random }: { faults: NetworkFaults; random: Random }) {
    this.#clock = clock;
    this.#node = node;
    this.faults = faults;
    this.#random = random;
  }

  /** Sends work to the backend. Once sent it is done even if the node dies or is stopped in the meantime. */
  call<T>(work: () => T | Promise<T>): Promise<T> {
    const { errorBefore, errorAfter, lostAnswer } = this.faults;
    const fate = this.#random();
    return new Promise<T>((resolve, reject) => {
      this.#carry(() => {
        if (fate < errorBefore) return this.#answer(() => reject(new Error('the backend is broken')));
        const answer = work();
        if (fate < errorBefore + errorAfter) return this.#answer(() => reject(new Error('the connection was lost')));
        if (fate < errorBefore + errorAfter + lostAnswer) return;
        this.#answer(() => resolve(answer));
      });
    });
  }

  /** Brings what the backend says unasked to the node, unless it gets lost. */
  hear(deliver: () => void): void {
    const { errorBefore, errorAfter, lostAnswer } = this.faults;
    if (this.#random() >= errorBefore + errorAfter + lostAnswer) this.#answer(deliver);
  }

  #carry(arrive: () => void): void {
    const delayMs = this.faults.maxDelayMs * this.#random();
    this.#clock.sleep(delayMs, () => {
      if (!this.isCut) arrive();
    });
  }

  #answer(deliver: () => void): void {
    this.#carry(this.#node.gated(deliver));
  }
}
