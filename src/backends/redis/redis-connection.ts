/**
 * Runs scripts on a Redis server, through whichever driver is installed.
 *
 * Invariant: every call settles within its limit, by the injected clock. A session that does not answer in time is torn
 * down with all calls that are under way on it. While there is no session, calls reject at once.
 */
import { BackendError } from '../../errors.ts';
import type { Clock } from '../../supervisor/ports/clock.ts';
import { reasonOf } from '../../wire/error-record.ts';
import { readableReason } from '../exchange/readable-reason.ts';
import { type ChannelListener, type SessionListener, TriedChannel } from '../exchange/tried-channel.ts';
import type { RedisSession } from './redis-drivers.ts';
import { RedisFault } from './redis-fault.ts';
import type { RedisOptions } from './redis-locking-options.ts';
import { serverOf } from './redis-place.ts';
import type { ScriptCall } from './redis-script.ts';
import { RedisSubscription } from './redis-subscription.ts';
import { isElsewhere } from './server-search.ts';
import { type Server, SessionKeeper } from './session-keeper.ts';

const CONNECT_LIMIT_MS = 5_000;
const PUBLISH_LIMIT_MS = 3_000;

export class RedisConnection {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #keeper: SessionKeeper;
  readonly #underWay = new Set<(fault: RedisFault) => void>();

  /**
   * Loads a driver or the user's client, and connects once.
   * @throws {BackendError} There is no driver, or the server cannot be reached.
   */
  static async open(options: RedisOptions, clock: Clock, nodeId?: string): Promise<RedisConnection> {
    const server = await serverOf(options, nodeId, clock);
    const connection = new RedisConnection(server, clock);
    try {
      await connection.#keeper.connect(CONNECT_LIMIT_MS);
      return connection;
    } catch (error) {
      await connection.close();
      // No cause, for the same reason as in RedisFault.
      throw new BackendError('redis', readableReason(error, ...server.secrets()));
    }
  }

  private constructor(server: Server, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
    this.#keeper = new SessionKeeper(server, clock, (error) => {
      for (const reject of this.#underWay) reject(this.#fault(error));
    });
  }

  /**
   * Runs a script in one round trip, or in two if the server does not know the script yet.
   * @throws {RedisFault}
   */
  run(call: ScriptCall, limitMs: number): Promise<unknown> {
    return this.#settled((session) => evaluate(session, call), limitMs);
  }

  /** Sends one command. @throws {RedisFault} */
  send(words: readonly string[], limitMs: number): Promise<unknown> {
    return this.#settled((session) => session.send(words), limitMs);
  }

  /** A channel of the server, heard in a session of its own. */
  channel(name: string, listener: ChannelListener): TriedChannel {
    const ports = {
      prepare: async (session: SessionListener) => new RedisSubscription(this.#server, name, session),
      send: (text: string) => this.send(['PUBLISH', name, text], PUBLISH_LIMIT_MS),
    };
    return new TriedChannel(ports, this.#clock, listener);
  }

  /** Rejects the calls that are under way. May be called again. */
  async close(): Promise<void> {
    this.#keeper.close();
  }

  async #settled(call: (session: RedisSession) => Promise<unknown>, limitMs: number): Promise<unknown> {
    const { session } = this.#keeper;
    if (session === null) throw new RedisFault(`not connected: ${this.#keeper.lastReason}`, { isUnknown: false });
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const cancel = this.#clock.sleep(limitMs, () =>
      this.#keeper.lose(session, new Error(`no answer within ${Math.round(limitMs)} ms`)),
    );
    this.#underWay.add(reject);
    call(session).then(resolve, (error: unknown) => {
      reject(this.#fault(error));
      if (isElsewhere(error)) this.#keeper.lose(session, error);
    });
    try {
      return await promise;
    } finally {
      cancel();
      this.#underWay.delete(reject);
    }
  }

  /** A script that fails may have done part of its work, so whatever was sent may have happened. */
  #fault(error: unknown): RedisFault {
    return new RedisFault(readableReason(error, ...this.#server.secrets()), { isUnknown: true });
  }
}

async function evaluate(session: RedisSession, { script, keys, values }: ScriptCall): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...values];
  try {
    return await session.send(['EVALSHA', script.sha, ...rest]);
  } catch (error) {
    if (!/^NOSCRIPT/.test(reasonOf(error))) throw error;
    return session.send(['EVAL', script.text, ...rest]);
  }
}
