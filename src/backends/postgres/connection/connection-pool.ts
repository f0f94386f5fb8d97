import type { PoolClient } from 'pg';

/** Where connections come from: a pool that we made (`SocketPool`), or a pool of the user's (`LentPool`). */
export interface ConnectionPool {
  /** URLs with the passwords that no message may show. */
  readonly secrets: readonly string[];
  /** Resolves when a connection is free, or a new one is connected. Whoever has it calls its `release()`. */
  acquire(): Promise<PoolClient>;
  /** Tears down a connection that does not answer, and the idle ones: what silenced it has probably silenced them. */
  destroySilent(client: PoolClient): void;
  destroyIdle(): void;
  /** Tears down the connections that are in use, and lets go of the others. Resolves when this is done. */
  end(): Promise<void>;
  /** Called when `end()` takes too long. */
  destroyAll(): void;
}
