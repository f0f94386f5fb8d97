import type { NodeSign } from '../../supervisor/ports/locking.ts';
import type { Deadline, ExchangeAnswer, LockServer, Reply, ServerRequest } from '../exchange/lock-server.ts';
import type { RedisConnection } from './redis-connection.ts';
import {
  ANNOUNCE_SCRIPT,
  EXCHANGE_SCRIPT,
  exchangeInput,
  nodesKey,
  type ScriptAnswer,
  type ScriptCall,
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

  constructor(connection: RedisConnection, prefix: string) {
    this.#connection = connection;
    this.#prefix = prefix;
  }

  /** Proves at the same time that this server runs our scripts. */
  async wallMs(limitMs: number): Promise<number> {
    const { nowMs } = await this.exchange(NOTHING, { atMs: Number.MAX_SAFE_INTEGER, limitMs });
    return nowMs;
  }

  exchange(request: ServerRequest, deadline: Deadline): Promise<Reply<ExchangeAnswer>> {
    const { keys, argument } = exchangeInput(this.#prefix, request);
    return this.#run({ script: EXCHANGE_SCRIPT, keys, values: [argument] }, deadline, (renewals, tokens) => ({
      renewals: (renewals as number[]).map((isOurs) => isOurs === 1),
      tokens: (tokens as (string[] | 0)[]).map((ofAttempt) => (ofAttempt === 0 ? null : ofAttempt)),
    }));
  }

  announce({ nodeId, ttlMs }: NodeSign, deadline: Deadline): Promise<Reply<readonly string[]>> {
    const call = { script: ANNOUNCE_SCRIPT, keys: [nodesKey(this.#prefix)], values: [nodeId, String(ttlMs)] };
    return this.#run(call, deadline, (nodeIds) => nodeIds as string[]);
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Puts the deadline, which every script takes first, before the values. */
  async #run<T>(call: ScriptCall, { atMs, limitMs }: Deadline, read: (...rest: unknown[]) => T): Promise<Reply<T>> {
    const answer = await this.#connection.run({ ...call, values: [String(atMs), ...call.values] }, limitMs);
    const [isLate, nowMs, ...rest] = answer as ScriptAnswer;
    return { nowMs: Number(nowMs), answer: isLate === 1 ? null : read(...rest) };
  }
}
