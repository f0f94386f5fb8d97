import type { ErrorRecord } from '../machines/run.ts';
import { errorRecord } from '../wire/error-record.ts';
import type { Guest, OpenGuest } from './guest.ts';
import type { PluginSource } from './protocol.ts';

/** The guests of this thread. Each is opened when it is first needed; if that fails, the next task tries again. */
export class GuestCache {
  readonly #open: OpenGuest;
  readonly #guests = new Map<string, Guest>();

  constructor(open: OpenGuest) {
    this.#open = open;
  }

  has(source: PluginSource): boolean {
    return this.#guests.has(source.id);
  }

  /** The guest, if it is open. */
  known(source: PluginSource): Guest | undefined {
    return this.#guests.get(source.id);
  }

  /** Called by one task at a time. Rejects with a `PluginLoadError`. */
  async get(source: PluginSource): Promise<Guest> {
    const known = this.known(source);
    if (known !== undefined) return known;
    const guest = await this.#open(source);
    this.#guests.set(source.id, guest);
    return guest;
  }

  /** Cleans up every guest and forgets it. Resolves to the errors of those that failed. */
  async cleanup(): Promise<ErrorRecord[]> {
    const guests = [...this.#guests.values()];
    this.#guests.clear();
    const results = await Promise.allSettled(guests.map((guest) => guest.cleanup()));
    return results.flatMap((result) => (result.status === 'rejected' ? [errorRecord(result.reason)] : []));
  }
}
