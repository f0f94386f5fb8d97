import type { Decision } from '../run.ts';
import { extended } from './decision-span.ts';
import { Ring } from './ring.ts';

/** The newest decisions. Decisions of one schedule that follow each other and say the same are kept as one. */
export class DecisionLog {
  readonly #decisions: Ring<Decision>;
  /** By schedule: its last decision, while it may still be extended. */
  readonly #last = new Map<string, Decision>();

  constructor(capacity: number, decisions: readonly Decision[]) {
    this.#decisions = new Ring(capacity, decisions);
  }

  add(decision: Decision): void {
    const last = this.#last.get(decision.key);
    const longer = last === undefined ? null : extended(last, decision);
    if (last !== undefined && longer !== null) this.#decisions.replace(last, longer);
    else this.#decisions.push(decision);
    this.#last.set(decision.key, longer ?? decision);
  }

  /** The schedule's life has changed: the next decision is not merged with the last one. */
  separate(key: string): void {
    this.#last.delete(key);
  }

  /** The newest decision about an occurrence. */
  about(key: string, atMs: number): Decision | undefined {
    const isAbout = (decision: Decision): boolean =>
      decision.key === key && decision.fromMs <= atMs && decision.untilMs >= atMs;
    return this.#decisions.newest(isAbout, 1)[0];
  }

  items(): readonly Decision[] {
    return this.#decisions.items();
  }
}
