import type { ConsoleAddress, ConsoleConfig } from './console-config.ts';
import type { ConsoleSurroundings, ConsoleThread } from './console-thread.ts';

/** How long its thread may take to end where nobody has said how long a stop may take. */
const CLOSE_LIMIT_MS = 1_000;
/** Open connections are cut: an orderly end takes a fraction of this. */
const MAX_CLOSE_MS = 500;

/** The console of a scheduler, if its options ask for one: only then its code is loaded. */
export class SchedulerConsole {
  readonly #config: ConsoleConfig | null;
  readonly #surroundings: ConsoleSurroundings;
  #thread: ConsoleThread | null = null;
  #isClosed = false;

  constructor(config: ConsoleConfig | null, surroundings: ConsoleSurroundings) {
    [this.#config, this.#surroundings] = [config, surroundings];
  }

  get isWanted(): boolean {
    return this.#config !== null;
  }

  /** Null if it listens nowhere. */
  get address(): ConsoleAddress | null {
    const address = this.#thread?.address ?? null;
    return address?.url === null && address.socket === null ? null : address;
  }

  /** Resolves when it listens, or was closed meanwhile. @throws ConsoleError when it cannot. */
  async open(): Promise<void> {
    if (this.#config === null) return;
    const { ConsoleThread: Thread } = await import('./console-thread.ts');
    if (this.#isClosed) return;
    this.#thread = new Thread(this.#config, this.#surroundings);
    await this.#thread.open().catch((error: unknown) => {
      if (!this.#isClosed) throw error;
    });
  }

  /** In bounded time, also with open connections. Never rejects. */
  async close(limitMs = CLOSE_LIMIT_MS): Promise<void> {
    this.#isClosed = true;
    await this.#thread?.close(Math.min(limitMs, MAX_CLOSE_MS));
  }
}
