import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import type { LockingPlugin } from '../../../src/supervisor/ports/locking.ts';

const TTL_MS = 400;
/** The limit of a call, plus what a busy machine may add to it. */
const SETTLED_MS = 3_000 + 1_500;
const clock = new SystemClock();
const pause = () => new Promise<void>((resolve) => void clock.sleep(5, resolve));

interface Player {
  readonly name: string;
  readonly locking: LockingPlugin;
  trustedUntilMs: number;
  grants: number;
  faults: number;
}

/**
 * Two nodes that take one key from each other as fast as they can. Each trusts its lock until the ttl has passed since
 * it asked, as a careful holder does. A grant while the other node trusts its lock is a violation, and so is a call
 * that takes longer than the limit.
 */
export class Contest {
  readonly violations: string[] = [];
  readonly #players: Record<'a' | 'b', Player>;
  readonly #watchers = new Set<() => void>();
  readonly #played: Promise<unknown>;
  #lastToken = 0n;
  #isOver = false;

  constructor(a: LockingPlugin, b: LockingPlugin) {
    const player = (name: string, locking: LockingPlugin): Player => {
      return { name, locking, trustedUntilMs: 0, grants: 0, faults: 0 };
    };
    this.#players = { a: player('a', a), b: player('b', b) };
    this.#played = Promise.all(Object.values(this.#players).map((one) => this.#play(one)));
  }

  /** Resolves when each node, or the named one, has been given the key a few more times. */
  async granted(name?: 'a' | 'b'): Promise<void> {
    const players = name === undefined ? Object.values(this.#players) : [this.#players[name]];
    const goals = players.map((player) => ({ player, goal: player.grants + 3 }));
    await this.#until(() => goals.every(({ player, goal }) => player.grants >= goal));
  }

  /** Resolves when a call of the node is rejected. */
  faulted(name: 'a' | 'b'): Promise<void> {
    const player = this.#players[name];
    const goal = player.faults + 1;
    return this.#until(() => player.faults >= goal);
  }

  /** Resolves when every call has settled. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#played;
  }

  async #play(player: Player): Promise<void> {
    while (!this.#isOver) {
      await this.#round(player).catch(() => {
        player.faults += 1;
      });
      for (const look of this.#watchers) look();
      await pause();
    }
  }

  async #round(player: Player): Promise<void> {
    const trustedUntilMs = clock.monotonicMs() + TTL_MS;
    const handle = await this.#settled(player, player.locking.tryLock('k', TTL_MS));
    if (handle === null) return;
    this.#trust(player, trustedUntilMs, BigInt(handle.fencingToken ?? 0));
    await pause();
    const renewedUntilMs = clock.monotonicMs() + TTL_MS;
    const isOurs = await this.#settled(player, player.locking.renew(handle));
    player.trustedUntilMs = isOurs ? renewedUntilMs : 0;
    await pause();
    player.trustedUntilMs = 0;
    await this.#settled(player, player.locking.release(handle));
  }

  async #settled<T>(player: Player, call: Promise<T>): Promise<T> {
    const askedAtMs = clock.monotonicMs();
    try {
      return await call;
    } finally {
      const tookMs = clock.monotonicMs() - askedAtMs;
      if (tookMs > SETTLED_MS) this.violations.push(`a call of ${player.name} took ${Math.round(tookMs)} ms`);
    }
  }

  #trust(player: Player, untilMs: number, token: bigint): void {
    if (token <= this.#lastToken) this.violations.push(`token ${token} came after ${this.#lastToken}`);
    this.#lastToken = token;
    player.grants += 1;
    const nowMs = clock.monotonicMs();
    if (untilMs <= nowMs) return;
    for (const { name, trustedUntilMs } of Object.values(this.#players)) {
      if (trustedUntilMs > nowMs) this.violations.push(`${player.name} was given the key that ${name} holds`);
    }
    player.trustedUntilMs = untilMs;
  }

  #until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isReached()) return;
        this.#watchers.delete(look);
        resolve();
      };
      this.#watchers.add(look);
    });
  }
}
