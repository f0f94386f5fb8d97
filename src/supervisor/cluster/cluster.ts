/**
 * The running nodes, as far as this one knows, and so whose turn an occurrence is. Nodes learn of each other from the
 * store that they share, or else from the lock backend. If neither knows, every node goes first.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { turnDelayMs, turnOf } from '../../machines/rendezvous.ts';
import { ANSWER_LIMIT_MS } from '../locking/lock-channel.ts';
import { nameOf, rosterIn } from '../locking/lock-replies.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { LockingPlugin } from '../ports/locking.ts';
import { within } from '../ports/within.ts';

/**
 * How often a node announces itself through the lock backend, and after what silence it counts as gone. It begins more
 * often, because nodes are often started together.
 */
const ANNOUNCE_MS = 5_000;
const FIRST_ANNOUNCE_MS = 500;
const SIGN_TTL_MS = 15_000;

export interface ClusterPorts {
  readonly clock: Clock;
  readonly nodeId: string;
  /** Where nodes announce themselves, if they do not share a store. */
  readonly locking: LockingPlugin | null;
  /** The backend has said what time it is. */
  readonly measured?: (reading: ClockReading) => void;
  /** The lock backend did not take a sign of life, or answered it wrongly. */
  readonly onBroken?: (error: unknown) => void;
}

export class Cluster {
  readonly #ports: ClusterPorts;
  #nodeIds: readonly string[];
  /** Whether no other node is known. */
  isAlone = true;
  #intervalMs = FIRST_ANNOUNCE_MS;
  #cancel: Cancel = () => {};
  #isClosed = false;
  #announced: Promise<void> = Promise.resolve();

  constructor(ports: ClusterPorts) {
    this.#ports = ports;
    this.#nodeIds = [ports.nodeId];
  }

  get nodeIds(): readonly string[] {
    return this.#nodeIds;
  }

  /** Begins to announce this node, where that is how nodes learn of each other. */
  start(): void {
    if (this.#ports.locking?.announce === undefined || this.#isClosed) return;
    this.#announced = this.#announce(SIGN_TTL_MS).catch((error: unknown) => this.#ports.onBroken?.(error));
    this.#cancel = this.#ports.clock.sleep(this.#intervalMs, () => this.start());
    this.#intervalMs = Math.min(2 * this.#intervalMs, ANNOUNCE_MS);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#announced;
    await this.#announce(0).catch(() => {});
  }

  observed(nodeIds: readonly string[], reading: ClockReading): void {
    this.#nodeIds = nodeIds;
    this.isAlone = nodeIds.length <= 1;
    this.measured(reading);
  }

  /** The backend has said what time it is. */
  measured(reading: ClockReading): void {
    this.#ports.measured?.(reading);
  }

  /** How long this node waits after an occurrence is due before it tries for it. */
  turnDelayMs(key: string, scheduledAtMs: number, dueAtMs: number): number {
    if (this.isAlone) return 0;
    return turnDelayMs(this.#turn(key, scheduledAtMs), dueAtMs);
  }

  #turn(key: string, scheduledAtMs: number): number {
    return turnOf(this.#ports.nodeId, this.#nodeIds, `${key}@${scheduledAtMs}`);
  }

  async #announce(ttlMs: number): Promise<void> {
    const { locking, clock, nodeId } = this.#ports;
    if (locking?.announce === undefined) return;
    const askedAtMonotonicMs = clock.monotonicMs();
    const limit = { limitMs: ANSWER_LIMIT_MS, who: `lock backend "${nameOf(locking)}"` };
    const answer = new Promise((resolve) => resolve(locking.announce?.({ nodeId, ttlMs })));
    const { nodeIds, nowMs } = rosterIn(await within(clock, answer, limit), ttlMs > 0 ? nodeId : null);
    const reading = { nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: clock.monotonicMs() };
    if (!this.#isClosed) this.observed(nodeIds, reading);
  }
}
