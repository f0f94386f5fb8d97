/**
 * Locks between nodes, on one Redis. What a node wants goes to one script, see redis-script.ts; expiry goes by the
 * server's clock. A server that evicts keys, or restarts with nothing kept, forgets locks that are held: fencing tokens grow
 * nonetheless.
 *
 * Every request carries an instant of that clock, computed from its last answer, after which it must do nothing: its
 * caller has given up by then. Where an answer is lost, the locks asked for are in doubt and given back later, best
 * effort; else they expire.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  LockAnswers,
  LockExchange,
  LockHandle,
  LockingPlugin,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import { LockingByExchange } from '../exchange/by-exchange.ts';
import { DoubtfulLocks } from '../exchange/doubtful-locks.ts';
import { backendErrorOf } from '../exchange/server-fault.ts';
import { openRedisConnection, type RedisConnection } from './redis-connection.ts';
import { RedisFault } from './redis-fault.ts';
import { redisOptions } from './redis-options.ts';
import {
  ANNOUNCE_SCRIPT,
  EXCHANGE_SCRIPT,
  exchangeInput,
  nodesKey,
  type Script,
  type ScriptAnswer,
  type WantedLock,
} from './redis-script.ts';

const EXCHANGE_LIMIT_MS = 3_000;
const NOTHING: LockExchange = { releases: [], renewals: [], attempts: [] };

/** Builds the backend of `redisLocking()`. Rejects with a `BackendError`. */
export async function openRedisLocking(
  options: Readonly<Record<string, unknown>>,
  clock: Clock,
): Promise<LockingPlugin> {
  const { prefix, ...connecting } = redisOptions(options);
  const connection = await openRedisConnection(connecting, clock);
  const locking = new RedisLocking(connection, prefix, clock);
  try {
    await locking.prepare();
    return locking;
  } catch (error) {
    await locking.cleanup();
    throw backendErrorOf('redis', error);
  }
}

class RedisLocking extends LockingByExchange {
  readonly name = 'redis';
  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #clock: Clock;
  readonly #doubtful: DoubtfulLocks;
  /** How far the server's wall clock is ahead of our monotonic one; the truth is at most this. */
  #aheadMs = Number.MAX_SAFE_INTEGER;

  constructor(connection: RedisConnection, prefix: string, clock: Clock) {
    super();
    this.#connection = connection;
    this.#prefix = prefix;
    this.#clock = clock;
    this.#doubtful = new DoubtfulLocks(clock, () => this.#carryOut(NOTHING));
  }

  /** Learns the server's time, and that it runs our scripts. */
  async prepare(): Promise<void> {
    await this.#carryOut(NOTHING);
  }

  async exchange(request: LockExchange): Promise<LockAnswers> {
    const { releases, renewals, attempts } = request;
    if (releases.length + renewals.length + attempts.length === 0) return { renewals: [], attempts: [] };
    return this.#carryOut(request);
  }

  async announce({ nodeId, ttlMs }: NodeSign): Promise<Roster> {
    const [, nowMs, nodeIds] = await this.#call(ANNOUNCE_SCRIPT, [nodesKey(this.#prefix)], [nodeId, String(ttlMs)]);
    return { nodeIds: nodeIds as string[], nowMs: Number(nowMs) };
  }

  async cleanup(): Promise<void> {
    this.#doubtful.close();
    await this.#connection.close();
  }

  async #carryOut({ releases, renewals, attempts }: LockExchange): Promise<LockAnswers> {
    const asked = attempts.map(({ locks }) => locks.map((lock) => ({ ...lock, lockId: randomUUID() })));
    const doubtful = this.#doubtful.names;
    const sentAtMs = this.#clock.monotonicMs();
    const request = { releases: [...releases, ...doubtful], renewals, attempts: asked };
    const { keys, argument } = exchangeInput(this.#prefix, request);
    try {
      const [, , renewed, tokens] = await this.#call(EXCHANGE_SCRIPT, keys, [argument]);
      this.#doubtful.settle(doubtful, sentAtMs);
      return {
        renewals: (renewed as number[]).map((isOurs) => isOurs === 1),
        attempts: asked.map((locks, place) => granted(locks, (tokens as (string[] | 0)[])[place])),
      };
    } catch (error) {
      if (error instanceof RedisFault && error.isUnknown) this.#doubt(asked.flat());
      throw error;
    }
  }

  #doubt(locks: readonly WantedLock[]): void {
    const decidedAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    this.#doubtful.add(
      locks.map(({ key, lockId, ttlMs }) => ({ key, lockId, decidedAtMs, expiredAtMs: decidedAtMs + ttlMs })),
    );
  }

  /** A late answer in time tells that one of the clocks was stepped, or that we were suspended: it is asked once more. */
  async #call(script: Script, keys: readonly string[], args: readonly string[]): Promise<ScriptAnswer> {
    const giveUpAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    const answer = await this.#ask(script, keys, args, giveUpAtMs);
    if (answer[0] === 0) return answer;
    const again = await this.#ask(script, keys, args, giveUpAtMs);
    if (again[0] === 0) return again;
    throw new RedisFault('it took the request up too late, and did nothing', { isUnknown: false });
  }

  async #ask(
    script: Script,
    keys: readonly string[],
    args: readonly string[],
    giveUpAtMs: number,
  ): Promise<ScriptAnswer> {
    const askedAtMs = this.#clock.monotonicMs();
    const deadline = String(giveUpAtMs + this.#aheadMs);
    const answer = await this.#connection.run(script, keys, [deadline, ...args], giveUpAtMs - askedAtMs);
    this.#aheadMs = Number((answer as ScriptAnswer)[1]) - askedAtMs;
    return answer as ScriptAnswer;
  }
}

function granted(locks: readonly WantedLock[], tokens: readonly string[] | 0 | undefined): LockHandle[] | null {
  if (tokens === undefined || tokens === 0) return null;
  return locks.map((lock, place) => {
    const fencingToken = tokens[place];
    return fencingToken === undefined ? lock : { ...lock, fencingToken };
  });
}
