import type { KvChange } from '../../machines/kv/kv-request.ts';

/** How much the host may have to take in yet, in characters: what it has not heard waits in memory until it does. */
const MAX_UNHEARD = 32 * 1_024 * 1_024;

/**
 * Bounds what is on its way to the host's replica. A blocked host takes nothing in, and plugins could fill the memory
 * with what they keep. So beyond the window a change waits until the host has heard of those before it.
 */
export class ReplicaWindow {
  readonly #whenHeard: () => Promise<unknown>;
  #unheard = 0;
  #hearing: Promise<void> | null = null;

  /** @param whenHeard Resolves when the host has taken in what was sent until now. */
  constructor(whenHeard: () => Promise<unknown>) {
    this.#whenHeard = whenHeard;
  }

  /** Resolves when there is room; undefined if there is. */
  room(): Promise<void> | undefined {
    return this.#unheard > MAX_UNHEARD ? this.#hear() : undefined;
  }

  sent(change: KvChange): void {
    this.#unheard += change.key.length + (change.kind === 'kv.set' ? change.value.length : 0);
    if (this.#unheard > MAX_UNHEARD / 2) void this.#hear();
  }

  #hear(): Promise<void> {
    this.#hearing ??= this.#heard(this.#unheard);
    return this.#hearing;
  }

  async #heard(until: number): Promise<void> {
    // A refusal is an answer, too.
    await this.#whenHeard().catch(() => {});
    this.#unheard -= until;
    this.#hearing = null;
  }
}
