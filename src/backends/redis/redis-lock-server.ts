import { EARLY_MS } from '../../machines/cluster-time/early-claims.ts';
import type { LockingWarning, NodeSign } from '../../supervisor/ports/locking.ts';
import type { Deadline, LockServer, ServerReply, ServerRequest } from '../exchange/lock-server.ts';
import { ServerReplies } from '../exchange/server-replies.ts';
import type { ChannelListener, TriedChannel } from '../exchange/tried-channel.ts';
import { evictionWarnings } from './eviction-warnings.ts';
import type { RedisConnection } from './redis-connection.ts';
import {
  ANNOUNCE_SCRIPT,
  announceKeys,
  EXCHANGE_SCRIPT,
  exchangeInput,
  GROUP_SCRIPT,
  newsChannel,
  type ScriptCall,
  signWords,
} from './redis-script.ts';

const NOTHING: ServerRequest = { releases: [], renewals: [], attempts: [] };

/**
 * Redis as a lock server: each call is one script, see redis-script.ts. A server that evicts keys, or restarts with
 * nothing kept, forgets locks that are held, but fencing tokens still grow.
 */
export class RedisLockServer implements LockServer {
  readonly name = 'redis';
  readonly displayName = 'Redis';
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #channel: string;

  /** @param database The number of the database that the connection uses. */
  constructor(connection: RedisConnection, prefix: string, database: number) {
    this.#connection = connection;
    this.#prefix = prefix;
    this.#channel = newsChannel(prefix, database);
  }

  /** Proves at the same time that this server runs our scripts. */
  async wallMs(limitMs: number): Promise<unknown> {
    const reply = await this.exchange(NOTHING, { atMs: Number.MAX_SAFE_INTEGER, limitMs });
    return new ServerReplies(this.displayName).exchange(reply, NOTHING).nowMs;
  }

  exchange(request: ServerRequest, deadline: Deadline): Promise<ServerReply> {
    const { keys, argument } = exchangeInput(this.#prefix, request, this.#channel);
    const call = { script: EXCHANGE_SCRIPT, keys, values: [argument, String(EARLY_MS)] };
    return this.#run(call, deadline, ([renewals, tokens, isTold, roster]) => ({
      renewals: eachOf(renewals, flagOf),
      tokens: eachOf(tokens, (ofAttempt) => (ofAttempt === 0 ? null : ofAttempt)),
      isTold: flagOf(isTold),
      roster: rosterOf(roster),
    }));
  }

  announce(sign: NodeSign, deadline: Deadline): Promise<ServerReply> {
    const call = { script: ANNOUNCE_SCRIPT, keys: announceKeys(this.#prefix), values: signWords(sign) };
    return this.#run(call, deadline, rosterOf);
  }

  readGroup(id: string, deadline: Deadline): Promise<ServerReply> {
    const call = { script: GROUP_SCRIPT, keys: announceKeys(this.#prefix).slice(2), values: [id] };
    return this.#run(call, deadline, ([document]) => document);
  }

  channel(listener: ChannelListener): TriedChannel {
    return this.#connection.channel(this.#channel, listener);
  }

  /** A user that may not ask is not warned. */
  async warnings(limitMs: number): Promise<readonly LockingWarning[]> {
    return evictionWarnings(await this.#connection.send(['INFO', 'memory'], limitMs).catch(() => ''));
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Puts the deadline, which every script takes first, before the values. Every script answers alike. */
  async #run(
    call: ScriptCall,
    { atMs, limitMs }: Deadline,
    read: (rest: readonly unknown[]) => unknown,
  ): Promise<ServerReply> {
    const reply = await this.#connection.run({ ...call, values: [String(atMs), ...call.values] }, limitMs);
    const [isLate, nowMs, ...rest] = Array.isArray(reply) ? (reply as readonly unknown[]) : [reply];
    return {
      isLate: flagOf(isLate),
      nowMs: typeof nowMs === 'string' ? Number(nowMs) : nowMs,
      answer: read(rest),
    };
  }
}

/** What the announcement of a node answers with. */
function rosterOf(reply: unknown): unknown {
  const [nodeIds, groups, isGroupKnown] = Array.isArray(reply) ? (reply as readonly unknown[]) : [];
  return { nodeIds, groups: recordOf(groups), isGroupKnown: flagOf(isGroupKnown) };
}

/** What Lua calls 1 and 0; anything else stays what it is. */
function flagOf(reply: unknown): unknown {
  return reply === 0 || reply === 1 ? reply === 1 : reply;
}

function eachOf(reply: unknown, read: (item: unknown) => unknown): unknown {
  return Array.isArray(reply) ? reply.map(read) : reply;
}

/** A list of names and values in turn. */
function recordOf(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  const names = reply.filter((_item, place) => place % 2 === 0);
  return Object.fromEntries(names.map((name, place) => [name, reply[2 * place + 1]]));
}
