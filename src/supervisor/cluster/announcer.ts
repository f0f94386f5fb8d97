/**
 * Says that this node is alive and which schedules it has, and takes in what the other nodes say: through the store that
 * they share, or else through the lock backend. Where signs of life may go along with exchanges of locks, a node gives
 * one by itself only while it asks for nothing.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { DRAINING_GROUP, groupName } from '../../machines/turns/group-name.ts';
import { ANSWER_LIMIT_MS } from '../locking/lock-channel.ts';
import { groupsIn, keysIn, nameOf, rosterIn } from '../locking/lock-replies.ts';
import type { Cancel } from '../ports/clock.ts';
import type { AnnouncedGroup, GroupRoster, OwnGroup } from '../ports/groups.ts';
import type { NodeSign } from '../ports/locking.ts';
import { within } from '../ports/within.ts';
import type { ClusterPorts } from './cluster-ports.ts';
import type { NodeGroups } from './node-groups.ts';

/**
 * How often a node announces itself and its schedules, and after what silence it counts as gone. It begins more often,
 * because nodes are often started together, and does so again when the nodes or their schedules change.
 */
const ANNOUNCE_MS = 5_000;
const FIRST_ANNOUNCE_MS = 500;
const SIGN_TTL_MS = 15_000;
/** The same where signs of life may go along with exchanges. */
const RIDING_ANNOUNCE_MS = 10_000;
const RIDING_SIGN_TTL_MS = 25_000;

/** The keys of more schedules are too much to send: such a node counts as having every schedule. */
export const MAX_GROUP_KEYS = 50_000;

/** The group of a node that is draining. */
const NO_SCHEDULES: OwnGroup = { id: DRAINING_GROUP, size: 0, keys: () => [] };

/** @param reading Null if the time has been taken in already. */
type RosterListener = (nodeIds: readonly string[], reading: ClockReading | null) => void;

export class Announcer {
  readonly #ports: ClusterPorts;
  readonly #groups: NodeGroups;
  readonly #observed: RosterListener;
  #intervalMs = FIRST_ANNOUNCE_MS;
  #cancel: Cancel = () => {};
  #hasStarted = false;
  #isClosed = false;
  #isDraining = false;
  #signedAtMs = Number.NEGATIVE_INFINITY;
  #announced: Promise<void> = Promise.resolve();

  constructor(ports: ClusterPorts, groups: NodeGroups, observed: RosterListener) {
    this.#ports = ports;
    this.#groups = groups;
    this.#observed = observed;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  /** From now on this node announces no schedules. The others learn of it with its next announcement. */
  drain(): void {
    this.#isDraining = true;
    if (!this.#hasStarted || this.#isClosed) return;
    this.#cancel();
    // Again soon: an announcement that is under way may arrive after this one.
    this.#intervalMs = FIRST_ANNOUNCE_MS;
    this.start();
  }

  /** Announces, now and from time to time, where that is how nodes learn of each other. */
  start(): void {
    const { locking, store, onBroken } = this.#ports;
    if ((locking?.announce ?? store?.announceGroup) === undefined || this.#isClosed) return;
    this.#hasStarted = true;
    this.#announced = locking
      ? this.#announce(this.#leavesRoster ? 0 : this.#signTtlMs).catch((error: unknown) => onBroken?.(error))
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

  /** Announces more often for a while: the schedules of this node have changed, or there is another node. */
  soon(): void {
    const isSoon = this.#intervalMs <= 2 * FIRST_ANNOUNCE_MS;
    if (!this.#hasStarted || this.#isClosed || isSoon) return;
    this.#cancel();
    this.#intervalMs = FIRST_ANNOUNCE_MS;
    this.#sleep();
  }

  /** As in `OtherNodes`. */
  sign(): NodeSign | null {
    const { clock, nodeId } = this.#ports;
    const isDue = clock.monotonicMs() - this.#signedAtMs >= ANNOUNCE_MS;
    if (!this.#rides || !this.#hasStarted || this.#isClosed || this.#leavesRoster || !isDue) return null;
    const group = this.#ownGroup();
    return { nodeId, ttlMs: this.#signTtlMs, ...(group && { group: { id: group.id } }) };
  }

  /** As in `OtherNodes`. */
  signed(reply: unknown, nowMs: number): void {
    const { onBroken } = this.#ports;
    this.#takeIn(reply, nowMs).catch((error: unknown) => onBroken?.(error));
  }

  async #takeIn(reply: unknown, nowMs: number): Promise<void> {
    const { locking, nodeId, clock } = this.#ports;
    const { roster } = Object(reply) as { readonly roster?: object };
    if (roster === undefined || locking === null || this.#isClosed) return;
    const { nodeIds, ...groups } = rosterIn({ ...roster, nowMs }, nodeId);
    this.#signedAtMs = clock.monotonicMs();
    this.#cancel();
    this.#sleep();
    this.#observed(nodeIds, null);
    if (this.#isAwaited(groups, this.#ownGroup())) this.soon();
    await this.#learn(`lock backend "${nameOf(locking)}"`, groups, (id) => locking.readGroup?.(id));
  }

  /** A backend that knows no groups can give the turns of a draining node away only by no longer naming the node. */
  get #leavesRoster(): boolean {
    return this.#isDraining && this.#ports.locking?.readGroup === undefined;
  }

  /** Whether signs of life may go along with exchanges. */
  get #rides(): boolean {
    const { locking } = this.#ports;
    return locking?.announce !== undefined && locking.listen !== undefined;
  }

  get #signTtlMs(): number {
    return this.#rides ? RIDING_SIGN_TTL_MS : SIGN_TTL_MS;
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
    this.#signedAtMs = roster.reading.answeredAtMonotonicMs;
    try {
      await this.#learn(who, roster, (id) => locking.readGroup?.(id));
    } finally {
      if (!this.#isClosed) this.#observed(roster.nodeIds, roster.reading);
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
    const own = isHeeded ? this.#ownGroup() : undefined;
    const roster = await say(own && { id: own.id });
    if (own === undefined || !this.#isAwaited(roster, own)) return roster;
    return say({ id: own.id, keys: own.keys() });
  }

  /** Whether the backend has to be sent the keys of this node's group. */
  #isAwaited({ isGroupKnown }: Partial<GroupRoster>, own: OwnGroup | undefined): boolean {
    return isGroupKnown === false && own !== undefined && own.size <= MAX_GROUP_KEYS && !this.#isClosed;
  }

  /** Under the name that the others hear. */
  #ownGroup(): OwnGroup | undefined {
    const { ownGroup, capacity } = this.#ports;
    if (ownGroup === undefined || this.#isDraining) return ownGroup && NO_SCHEDULES;
    const group = ownGroup();
    return { id: groupName(group.id, capacity), size: group.size, keys: () => group.keys() };
  }

  /** Takes in which schedules the other nodes have. Rejects when that could not be read of some of them. */
  async #learn(who: string, { groups }: Partial<GroupRoster>, read: (id: string) => unknown): Promise<void> {
    if (groups === undefined || this.#isClosed) return;
    const readKeys = async (id: string) => (this.#isClosed ? null : keysIn(await this.#ask(who, () => read(id))));
    try {
      await this.#groups.readNew(groups, this.#ports.ownGroup?.().id, readKeys);
    } finally {
      if (this.#groups.name(groups)) this.soon();
    }
  }

  #ask(who: string, call: () => unknown): Promise<unknown> {
    const answer = new Promise((resolve) => resolve(call()));
    return within(this.#ports.clock, answer, { limitMs: ANSWER_LIMIT_MS, who });
  }
}
