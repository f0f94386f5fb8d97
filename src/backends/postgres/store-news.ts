/**
 * The news of other nodes, on the channel that the schema names. Every answer to a look has its name: tables that were
 * made anew have another one.
 */
import { count, listOf, name, object, text } from '../../machines/stored-rows/shape.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type { NewsListener, StoreNews } from '../shared-store/shared-backend.ts';
import { ListeningConnection, type ListeningOptions } from './connection/listening-connection.ts';
import { type ViewRow, viewOf } from './store-rows.ts';

/** See `store_tell` in store-news-schema.ts. A schedule without claims is only named. */
interface NewsRow extends Omit<ViewRow, 'claims'> {
  readonly by: string;
  readonly history: string;
  readonly claims?: readonly string[];
}

const isNewsOf = object({ by: name, history: name });
const isChangeOf = object({ key: name, revision: count });
const isViewOf = object({ state: (value) => (value === null ? null : text(value)), claims: listOf(text) });

export class StoreNewsChannel {
  readonly #options: Omit<ListeningOptions, 'channel'>;
  readonly #clock: Clock;
  readonly #nodeId: string;
  readonly #listener: NewsListener;
  #channel = '';
  #connection: ListeningConnection | null = null;
  #isClosed = false;
  #closing: Promise<unknown> = Promise.resolve();

  constructor(options: Omit<ListeningOptions, 'channel'>, clock: Clock, nodeId: string, listener: NewsListener) {
    this.#options = options;
    this.#clock = clock;
    this.#nodeId = nodeId;
    this.#listener = listener;
  }

  /** Listens to a channel from now on; without a name, to none. */
  follow(channel: string): void {
    if (channel === this.#channel || this.#isClosed) return;
    this.#leave();
    this.#channel = channel;
    if (channel === '') return;
    this.#connection = new ListeningConnection({ ...this.#options, channel }, this.#clock, {
      heard: (message) => {
        const news = newsIn(message, this.#nodeId);
        if (news !== null) this.#listener.heard(news);
      },
      hearing: (isHearing) => this.#listener.hearing(isHearing),
    });
    this.#connection.start();
  }

  doubt(): void {
    this.#connection?.doubt();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#leave();
    await this.#closing;
  }

  #leave(): void {
    const closed = this.#connection?.close();
    this.#connection = null;
    this.#closing = Promise.all([this.#closing, closed]);
  }
}

/** Null for what this node said itself, and for what cannot be used. */
export function newsIn(message: string, nodeId: string): StoreNews | null {
  const row = parsed(message);
  if (isNewsOf(row) !== null || (row as NewsRow).by === nodeId) return null;
  const { history: historyId, ...change } = row as NewsRow;
  if (!('key' in change)) return { historyId };
  if (isChangeOf(change) !== null) return null;
  const { key, revision, claims } = change;
  if (claims === undefined) return { historyId, changed: { key, revision } };
  if (isViewOf(change) !== null) return null;
  let isUsable = true;
  const view = viewOf({ ...change, claims }, () => {
    isUsable = false;
  });
  return isUsable ? { historyId, view } : null;
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return null;
  }
}
