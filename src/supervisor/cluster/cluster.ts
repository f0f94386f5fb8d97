/**
 * The running nodes, as far as this one knows, and so whose turn an occurrence is. Nodes learn of each other from the
 * store that they share, or else from the lock backend. If neither knows, every node goes first. Turns are taken by the
 * nodes that have the schedule: see node-groups.ts.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { turnDelayMs, turnOf } from '../../machines/rendezvous.ts';
import { ANSWER_LIMIT_MS } from '../locking/lock-channel.ts';
import { groupsIn, keysIn, nameOf, rosterIn } from '../locking/lock-replies.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { AnnouncedGroup, GroupRoster, OwnGroup } from '../ports/groups.ts';
import type { LockingPlugin, NodeSign } from '../ports/locking.ts';
import type { StateStore } from '../ports/store.ts';
import { within } from '../ports/within.ts';
import { NodeGroups } from './node-groups.ts';

/**
 * How often a node announces itself and its schedules, and after what silence it counts as gone. It begins more often,
 * because nodes are often started together, and does so again when the nodes or their schedules change.
 */
const ANNOUNCE_MS = 5_000;
const FIRST_ANNOUNCE_MS = 500;
const SIGN_TTL_MS = 15_000;
/** The same where signs of life go along with exchanges: a node has to give one by itself only if it asks for nothing. */
const RIDING_ANNOUNCE_MS = 10_000;
const RIDING_SIGN_TTL_MS = 25_000;

/** The keys of more schedules are too much to send: such a node counts as having every schedule. */
export const MAX_GROUP_KEYS = 50_000;

export interface ClusterPorts {
  readonly clock: Clock;
  readonly nodeId: string;
  /** Where nodes announce themselves, if they do not share a store. */
  readonly locking: LockingPlugin | null;
  /** The store that the nodes share: there they say which schedules they have. */
  readonly store?: Pick<StateStore, 'name' | 'announceGroup' | 'readGroup'> | null;
  /** The schedules of this node that nodes have to agree on. */
  readonly ownGroup?: () => OwnGroup;
  /** The backend has said what time it is. */
  readonly measured?: (reading: ClockReading) => void;
  /** The lock backend did not take a sign of life, or answered it wrongly. */
  readonly onBroken?: (error: unknown) => void;
}

export class Cluster {
  readonly #ports: ClusterPorts;
  readonly #groups = new NodeGroups();
  #nodeIds: readonly string[];
  #intervalMs = FIRST_ANNOUNCE_MS;
  #cancel: Cancel = () => {};
  #hasStarted = false;
  #isClosed = false;
  #signedAtMs = Number.NEGATIVE_INFINITY;
  #announced: Promise<void> = Promise.resolve();

  constructor(ports: ClusterPorts) {
    this.#ports = ports;
    this.#nodeIds = [ports.nodeId];
  }

  get nodeIds(): readonly string[] {
    return this.#nodeIds;
  }

  /** Begins to announce this node and its schedules, where that is how nodes learn of each other. */
  start(): void {
    const { locking, store, onBroken } = this.#ports;
    if ((locking?.announce ?? store?.announceGroup) === undefined || this.#isClosed) return;
    this.#hasStarted = true;
    this.#announced = locking
      ? this.#announce(this.#signTtlMs).catch((error: unknown) => onBroken?.(error))
      : // A store that cannot be reached is reported by its writes.
        this.#announceInStore().catch(() => {});
    this.#sleep();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancel();
    await this.#announced;
    await this.#announce(0).catch(() => {});
  }

  observed(nodeIds: readonly string[], reading: ClockReading): void {
    this.measured(reading);
    this.#saw(nodeIds);
  }

  /** The backend has said what time it is. */
  measured(reading: ClockReading): void {
    this.#ports.measured?.(reading);
  }

  /** Announces more often for a while: the schedules of this node have changed, or there is another node. */
  announceSoon(): void {
    const isSoon = this.#intervalMs <= 2 * FIRST_ANNOUNCE_MS;
    if (!this.#hasStarted || this.#isClosed || isSoon) return;
    this.#cancel();
    this.#intervalMs = FIRST_ANNOUNCE_MS;
    this.#sleep();
  }

  /** Whether no other node is known that may have the schedule, which this node has. */
  isAloneWith(key: string): boolean {
    return this.#nodeIds.length <= 1 || this.#rivals(key).length <= 1;
  }

  /** Whether other nodes are to hear what this one claims. */
  isTold(): boolean {
    return this.#nodeIds.length > 1;
  }

  /** A sign of life that goes along with an exchange, so that this node need not give one by itself. */
  sign(): NodeSign | null {
    const { clock, nodeId, ownGroup } = this.#ports;
    const isDue = clock.monotonicMs() - this.#signedAtMs >= ANNOUNCE_MS;
    if (!this.#rides || !this.#hasStarted || this.#isClosed || !isDue) return null;
    const group = ownGroup?.();
    return { nodeId, ttlMs: this.#signTtlMs, ...(group && { group: { id: group.id } }) };
  }

  /** What an exchange with a sign of life was answered. */
  signed(reply: unknown, nowMs: number): void {
    const { locking, nodeId, onBroken } = this.#ports;
    try {
      const { roster } = Object(reply) as { readonly roster?: object };
      if (roster === undefined || locking === null || this.#isClosed) return;
      const { nodeIds, ...groups } = rosterIn({ ...roster, nowMs }, nodeId);
      this.#signedAtMs = this.#ports.clock.monotonicMs();
      this.#cancel();
      this.#sleep();
      this.#saw(nodeIds);
      if (this.#isAwaited(groups, this.#ports.ownGroup?.())) this.announceSoon();
      const who = `lock backend "${nameOf(locking)}"`;
      this.#learn(who, groups, (id) => locking.readGroup?.(id)).catch((error: unknown) => onBroken?.(error));
    } catch (error) {
      onBroken?.(error);
    }
  }

  /** How long this node waits after an occurrence of its own schedule is due before it tries for it. */
  turnDelayMs(key: string, scheduledAtMs: number, dueAtMs: number): number {
    const rivals = this.#rivals(key);
    if (rivals.length <= 1) return 0;
    return turnDelayMs(turnOf(this.#ports.nodeId, rivals, `${key}@${scheduledAtMs}`), dueAtMs);
  }

  /** The nodes that may have the schedule, this one among them as soon as the backend knows it. */
  #rivals(key: string): readonly string[] {
    const { nodeId } = this.#ports;
    return this.#nodeIds.filter((id) => id === nodeId || this.#groups.mayHave(id, key));
  }

  /** Whether signs of life may go along with exchanges. */
  get #rides(): boolean {
    const { locking } = this.#ports;
    return locking?.announce !== undefined && locking.listen !== undefined;
  }

  get #signTtlMs(): number {
    return this.#rides ? RIDING_SIGN_TTL_MS : SIGN_TTL_MS;
  }

  #saw(nodeIds: readonly string[]): void {
    const hasNews = nodeIds.some((id) => !this.#nodeIds.includes(id));
    this.#nodeIds = nodeIds;
    if (hasNews) this.announceSoon();
  }

  #sleep(): void {
    this.#cancel = this.#ports.clock.sleep(this.#intervalMs, () => this.start());
    this.#intervalMs = Math.min(2 * this.#intervalMs, this.#rides ? RIDING_ANNOUNCE_MS : ANNOUNCE_MS);
  }

  async #announce(ttlMs: number): Promise<void> {
    const { locking, clock, nodeId } = this.#ports;
    if (locking?.announce === undefined) return;
    const who = `lock backend "${nameOf(locking)}"`;
    const say = async (group?: AnnouncedGroup) => {
      const askedAtMonotonicMs = clock.monotonicMs();
      const reply = await this.#ask(who, () => locking.announce?.({ nodeId, ttlMs, ...(group && { group }) }));
      const roster = rosterIn(reply, ttlMs > 0 ? nodeId : null);
      const reading = { nowMs: roster.nowMs, askedAtMonotonicMs, answeredAtMonotonicMs: clock.monotonicMs() };
      return { ...roster, reading };
    };
    const roster = await this.#sayGroup(say, ttlMs > 0 && locking.readGroup !== undefined);
    try {
      await this.#learn(who, roster, (id) => locking.readGroup?.(id));
    } finally {
      this.#signedAtMs = roster.reading.answeredAtMonotonicMs;
      if (!this.#isClosed) this.observed(roster.nodeIds, roster.reading);
    }
  }

  async #announceInStore(): Promise<void> {
    const { store, nodeId } = this.#ports;
    const who = `store "${store?.name}"`;
    const say = async (group?: AnnouncedGroup) => {
      if (group === undefined) return {};
      return groupsIn(await this.#ask(who, () => store?.announceGroup?.({ nodeId, ttlMs: SIGN_TTL_MS, group })));
    };
    await this.#learn(who, await this.#sayGroup(say, true), (id) => store?.readGroup?.(id));
  }

  /** Says which schedules this node has, and sends their keys only if the backend does not know them. */
  async #sayGroup<R extends Partial<GroupRoster>>(
    say: (group?: AnnouncedGroup) => Promise<R>,
    isHeeded: boolean,
  ): Promise<R> {
    const own = isHeeded ? this.#ports.ownGroup?.() : undefined;
    const roster = await say(own && { id: own.id });
    if (own === undefined || !this.#isAwaited(roster, own)) return roster;
    return say({ id: own.id, keys: own.keys() });
  }

  /** Whether the backend has to be sent the keys of this node's group. */
  #isAwaited({ isGroupKnown }: Partial<GroupRoster>, own: OwnGroup | undefined): boolean {
    return isGroupKnown === false && own !== undefined && own.size <= MAX_GROUP_KEYS && !this.#isClosed;
  }

  /** Takes in which schedules the other nodes have. Rejects when that could not be read of some of them. */
  async #learn(who: string, { groups }: Partial<GroupRoster>, read: (id: string) => unknown): Promise<void> {
    if (groups === undefined || this.#isClosed) return;
    const readKeys = async (id: string) => (this.#isClosed ? null : keysIn(await this.#ask(who, () => read(id))));
    try {
      await this.#groups.readNew(groups, this.#ports.ownGroup?.().id, readKeys);
    } finally {
      if (this.#groups.name(groups)) this.announceSoon();
    }
  }

  #ask(who: string, call: () => unknown): Promise<unknown> {
    const answer = new Promise((resolve) => resolve(call()));
    return within(this.#ports.clock, answer, { limitMs: ANSWER_LIMIT_MS, who });
  }
}
