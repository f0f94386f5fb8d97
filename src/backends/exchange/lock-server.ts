import type { GroupRoster } from '../../supervisor/ports/groups.ts';
import type {
  AskedLock,
  LockExchange,
  LockHandle,
  LockingWarning,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import type { NewsHead } from './lock-news.ts';
import type { ChannelListener, TriedChannel } from './tried-channel.ts';

/**
 * A server that carries out a whole exchange in one step, by its own clock: what `ServerLocking` needs of Redis or
 * Postgres. Calls overlap. Every call settles within its limit, and rejects with a `ServerFault`. What it resolves to is
 * not checked yet.
 */
export interface LockServer {
  /** The backend's name, such as `redis`. */
  readonly name: string;
  /** The server's name in messages, such as `Redis`. */
  readonly displayName: string;
  /** The server's wall clock, in epoch milliseconds. Called first, and again when a node wants to know the time. */
  wallMs(limitMs: number): Promise<unknown>;
  /** The answer is to be an `ExchangeAnswer`. */
  exchange(request: ServerRequest, deadline: Deadline): Promise<ServerReply>;
  /** The answer is to be an `AnnounceAnswer`. */
  announce(sign: NodeSign, deadline: Deadline): Promise<ServerReply>;
  /** The answer is to be the document of a group's keys (group-document.ts); null if there is none. */
  readGroup(id: string, deadline: Deadline): Promise<ServerReply>;
  /** The channel on which the server says the news of exchanges. Nothing is connected before it is started. */
  channel(listener: ChannelListener): TriedChannel;
  /** What an operator should know of the server. Asked once, at the start. Optional. */
  warnings?(limitMs: number): Promise<readonly LockingWarning[]>;
  /** Ends the calls that are under way. May be called again. */
  close(): Promise<void>;
}

export interface Deadline {
  /** After this instant of its own clock the server must do nothing: the caller has given up. Epoch milliseconds. */
  readonly atMs: number;
  /** How long to wait for the answer, by this node's clock. */
  readonly limitMs: number;
}

/** A reply as the server sent it: `ServerReplies` checks it. */
export interface ServerReply {
  /** Whether the deadline had passed, so that the server did nothing. */
  readonly isLate: unknown;
  /** The server's wall clock when it answered, in epoch milliseconds. */
  readonly nowMs: unknown;
  readonly answer: unknown;
}

/** A reply that was checked. */
export interface Reply<T> {
  readonly nowMs: number;
  /** Null: the request was late. */
  readonly answer: T | null;
}

/** What names one acquisition. */
export type LockName = Pick<LockHandle, 'key' | 'lockId'>;

/** A lock that is asked for, under the id that it has once it is granted. */
export type WantedLock = AskedLock & Pick<LockHandle, 'lockId'>;

export interface ServerRequest extends Pick<LockExchange, 'renewals' | 'sign'> {
  readonly releases: readonly LockName[];
  /** Each is granted whole or not at all. */
  readonly attempts: readonly (readonly WantedLock[])[];
  /** Present if the other nodes are to hear the news of the exchange, see lock-news.ts. */
  readonly news?: NewsHead;
}

/** Each list in the order of the request. */
export interface ExchangeAnswer {
  readonly renewals: readonly boolean[];
  /** The fencing tokens of each attempt's locks; null is contention. */
  readonly tokens: readonly (readonly string[] | null)[];
  /** Whether the server has said anything. Only if the request had news. */
  readonly isTold?: boolean;
  /** Only if the request had a sign of life. */
  readonly roster?: AnnounceAnswer;
}

/** The groups are those of nodes that are alive. */
export type AnnounceAnswer = Pick<Roster, 'nodeIds'> & GroupRoster;
