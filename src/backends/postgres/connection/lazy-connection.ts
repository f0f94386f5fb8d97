import type { Clock } from '../../../supervisor/ports/clock.ts';
import { PostgresConnection, type PostgresConnectionOptions, type Query } from './postgres-connection.ts';

/**
 * A connection that is opened at its first query: questions about the past, which may read much, have one of their own,
 * so that no claim waits for them. An attempt that fails is made again with the next query.
 */
export class LazyConnection {
  readonly #options: PostgresConnectionOptions;
  readonly #clock: Clock;
  #opening: Promise<PostgresConnection> | null = null;
  #isClosed = false;

  constructor(options: PostgresConnectionOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  readonly query: Query = async (text, values) => {
    if (this.#isClosed) throw new Error('the connection was closed');
    this.#opening ??= PostgresConnection.open(this.#options, this.#clock).catch((error: unknown) => {
      this.#opening = null;
      throw error;
    });
    return (await this.#opening).query(text, values);
  };

  async close(): Promise<void> {
    this.#isClosed = true;
    const connection = await this.#opening?.catch(() => null);
    await connection?.close();
  }
}
