/**
 * Locks on a server that a network may cut off. Every call carries a deadline by the server's clock, computed from the
 * server's last answer, so that a call which arrives late takes no lock for a caller that has given up.
 *
 * When an answer is lost, or makes no sense (server-replies.ts), nobody knows whether the locks that were asked for are held: they are in doubt, and given
 * back later if the server can be reached. Otherwise they expire.
 */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../supervisor/ports/clock.ts';
import type {
  LockAnswers,
  LockExchange,
  LockHandle,
  LockingWarning,
  LockListener,
  NodeSign,
  Roster,
} from '../../supervisor/ports/locking.ts';
import { LockingByExchange } from './by-exchange.ts';
import { DoubtfulLocks } from './doubtful-locks.ts';
import type { Deadline, LockServer, Reply, ServerRequest, WantedLock } from './lock-server.ts';
import { NewsDesk } from './news-desk.ts';
import { ServerFault } from './server-fault.ts';
import { ServerReplies } from './server-replies.ts';

/** How long a call waits for its answer. */
export const EXCHANGE_LIMIT_MS = 3_000;

const TRIAL_TTL_MS = 5_000;

const NOTHING: LockExchange = { releases: [], renewals: [], attempts: [] };

interface Answered<T> {
  readonly answer: T;
  readonly nowMs: number;
}

export class ServerLocking extends LockingByExchange {
  readonly name: string;
  readonly #server: LockServer;
  readonly #replies: ServerReplies;
  readonly #clock: Clock;
  readonly #doubtful: DoubtfulLocks;
  readonly #news: NewsDesk;
  #warnings: readonly LockingWarning[] = [];
  /** How far the server's wall clock is ahead of our monotonic clock, or a little more: answers take time to arrive. */
  #aheadMs: number;

  /**
   * Reads the server's clock. The caller closes the server if this rejects.
   * @throws {ServerFault}
   */
  static async open(server: LockServer, clock: Clock): Promise<ServerLocking> {
    const askedAtMs = clock.monotonicMs();
    const wallMs = new ServerReplies(server.displayName).wallMs(await server.wallMs(EXCHANGE_LIMIT_MS));
    return new ServerLocking(server, clock, wallMs - askedAtMs);
  }

  private constructor(server: LockServer, clock: Clock, aheadMs: number) {
    super();
    this.name = server.name;
    this.#server = server;
    this.#replies = new ServerReplies(server.displayName);
    this.#clock = clock;
    this.#aheadMs = aheadMs;
    this.#news = new NewsDesk(server, clock);
    this.#doubtful = new DoubtfulLocks(clock, () => this.#carryOut(NOTHING));
  }

  /**
   * Takes a lock that nobody else wants and gives it back, so that a server that answers and takes no writes (a replica, a
   * full one, one where this role may not write) is found out at the start, and not by every run.
   * @throws {ServerFault}
   */
  async trial(): Promise<void> {
    const name = `trial of ${randomUUID()}`;
    const handle = await this.tryLock(name, TRIAL_TTL_MS);
    if (handle !== null) await this.release(handle);
    await this.announce({ nodeId: name, ttlMs: 0 });
    this.#warnings = (await this.#server.warnings?.(EXCHANGE_LIMIT_MS)) ?? [];
  }

  /** Empty before the trial. */
  get warnings(): readonly LockingWarning[] {
    return this.#warnings;
  }

  async exchange(request: LockExchange): Promise<LockAnswers> {
    const { releases, renewals, attempts, sign } = request;
    const isEmpty = releases.length + renewals.length + attempts.length === 0 && sign === undefined;
    if (isEmpty) return { renewals: [], attempts: [] };
    return this.#carryOut(request);
  }

  async announce(sign: NodeSign): Promise<Roster> {
    const { answer, nowMs } = await this.#call(async (deadline) =>
      this.#replies.roster(await this.#server.announce(sign, deadline), sign),
    );
    return { ...answer, nowMs };
  }

  async readGroup(id: string): Promise<readonly string[] | null> {
    const { answer } = await this.#call(async (deadline) =>
      this.#replies.groupKeys(await this.#server.readGroup(id, deadline)),
    );
    return answer.keys;
  }

  listen(listener: LockListener): void {
    this.#news.listen(listener);
  }

  async readClock(): Promise<number> {
    return this.#replies.wallMs(await this.#server.wallMs(EXCHANGE_LIMIT_MS));
  }

  async cleanup(): Promise<void> {
    this.#doubtful.close();
    await Promise.all([this.#news.close(), this.#server.close()]);
  }

  /** Gives back the locks in doubt, too, even if the request itself wants nothing. */
  async #carryOut({ releases, renewals, attempts, isTold, sign }: LockExchange): Promise<LockAnswers> {
    const wanted = attempts.map(({ locks }) => locks.map((lock) => ({ ...lock, lockId: randomUUID() })));
    const doubtful = this.#doubtful.names;
    const news = isTold === true ? this.#news.headOf(attempts) : null;
    const request: ServerRequest = {
      releases: [...releases, ...doubtful],
      renewals,
      attempts: wanted,
      ...(news && { news }),
      ...(sign && { sign }),
    };
    const sentAtMs = this.#clock.monotonicMs();
    try {
      const { answer, nowMs } = await this.#call(async (deadline) =>
        this.#replies.exchange(await this.#server.exchange(request, deadline), request),
      );
      this.#doubtful.settle(doubtful, sentAtMs);
      if (news !== null) this.#news.answered(news, answer.isTold === true);
      return {
        renewals: answer.renewals,
        attempts: wanted.map((locks, place) => handlesOf(locks, answer.tokens[place] ?? null)),
        nowMs,
        ...(answer.roster && { roster: answer.roster }),
      };
    } catch (error) {
      if (news !== null) this.#news.unanswered(news);
      if (error instanceof ServerFault && error.isUnknown) this.#doubt(wanted.flat());
      throw error;
    }
  }

  #doubt(locks: readonly WantedLock[]): void {
    const decidedAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    this.#doubtful.add(
      locks.map(({ key, lockId, ttlMs }) => ({ key, lockId, decidedAtMs, expiredAtMs: decidedAtMs + ttlMs })),
    );
  }

  /**
   * Asks once more when the server answers within the limit that the deadline has passed: then a clock was set, or this
   * process was suspended, and the answer has corrected what we know of the server's clock.
   */
  async #call<T>(send: (deadline: Deadline) => Promise<Reply<T>>): Promise<Answered<T>> {
    const giveUpAtMs = this.#clock.monotonicMs() + EXCHANGE_LIMIT_MS;
    const answered = (await this.#ask(send, giveUpAtMs)) ?? (await this.#ask(send, giveUpAtMs));
    if (answered !== null) return answered;
    throw new ServerFault(this.#server.displayName, 'it received the request too late, and did nothing', {
      isUnknown: false,
    });
  }

  async #ask<T>(send: (deadline: Deadline) => Promise<Reply<T>>, giveUpAtMs: number): Promise<Answered<T> | null> {
    const askedAtMs = this.#clock.monotonicMs();
    const { answer, nowMs } = await send({ atMs: giveUpAtMs + this.#aheadMs, limitMs: giveUpAtMs - askedAtMs });
    this.#aheadMs = nowMs - askedAtMs;
    return answer === null ? null : { answer, nowMs };
  }
}

function handlesOf(locks: readonly WantedLock[], tokens: readonly string[] | null): LockHandle[] | null {
  if (tokens === null) return null;
  return locks.map(({ key, lockId, ttlMs }, place) => {
    const fencingToken = tokens[place];
    return { key, lockId, ttlMs, ...(fencingToken !== undefined && { fencingToken }) };
  });
}
