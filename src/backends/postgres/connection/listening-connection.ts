import type { Clock } from '../../../supervisor/ports/clock.ts';
import { type ChannelListener, type SessionListener, TriedChannel } from '../../exchange/tried-channel.ts';
import type { DatabasePlace } from './database-place.ts';
import { ListeningSession } from './listening-session.ts';
import type { Query } from './postgres-connection.ts';

export interface ListeningOptions {
  readonly place: DatabasePlace;
  /** The name of the channel, at most 63 bytes without quotes. */
  readonly channel: string;
  /** Sends a trial, through the connections whose transactions the texts come from. */
  readonly query: Query;
}

/**
 * Hears what is sent to a channel of the database (`LISTEN`), on a connection of its own: a connection of the pool may
 * be taken away by a pooler after each transaction. Behind a pooler in transaction mode, and on a standby, it never
 * counts as hearing.
 */
export class ListeningConnection extends TriedChannel {
  constructor({ place, channel, query }: ListeningOptions, clock: Clock, listener: ChannelListener) {
    const ports = {
      prepare: (session: SessionListener) => ListeningSession.prepare({ place, channel }, clock, session),
      send: (text: string) => query('SELECT pg_notify($1, $2)', [channel, text]),
    };
    super(ports, clock, listener);
  }
}
