/**
 * The running nodes, as far as this one knows, and so whose turn an occurrence is. Nodes learn of each other from what
 * they announce (announcer.ts), or from the looks of a store that they share. If neither is there, every node goes first.
 * Turns are taken by the nodes that have the schedule: see node-groups.ts.
 */
import type { ClockReading } from '../../machines/cluster-time/clock-offset.ts';
import { turnDelayMs, turnOf } from '../../machines/rendezvous.ts';
import type { OtherNodes } from '../locking/lock-channel.ts';
import type { NodeSign } from '../ports/locking.ts';
import { Announcer } from './announcer.ts';
import type { ClusterPorts } from './cluster-ports.ts';
import { NodeGroups } from './node-groups.ts';

/** What is known of a node that is alive. */
export interface KnownNode {
  readonly nodeId: string;
  readonly isDraining: boolean;
  /** How many runs it may execute at a time, 0 while it is draining; null if it has not said so. */
  readonly capacity: number | null;
}

export class Cluster implements OtherNodes {
  readonly #ports: ClusterPorts;
  readonly #groups = new NodeGroups();
  readonly #announcer: Announcer;
  #nodeIds: readonly string[];

  constructor(ports: ClusterPorts) {
    this.#ports = ports;
    this.#nodeIds = [ports.nodeId];
    this.#announcer = new Announcer(ports, this.#groups, (nodeIds, reading) => {
      if (reading !== null) this.measured(reading);
      this.#saw(nodeIds);
    });
  }

  get nodeIds(): readonly string[] {
    return this.#nodeIds;
  }

  /** The nodes that are alive, this one first. */
  nodes(): KnownNode[] {
    const { nodeId: ownId, capacity = null } = this.#ports;
    const { isDraining } = this.#announcer;
    const own = { nodeId: ownId, isDraining, capacity: isDraining ? 0 : capacity };
    const others = this.#nodeIds.filter((nodeId) => nodeId !== ownId);
    return [own, ...others.map((nodeId) => this.#known(nodeId))];
  }

  /** Begins to announce this node and its schedules. */
  start(): void {
    this.#announcer.start();
  }

  close(): Promise<void> {
    return this.#announcer.close();
  }

  /** Gives the turns of this node to the others, who learn of it with its next announcement. */
  drain(): void {
    this.#announcer.drain();
  }

  observed(nodeIds: readonly string[], reading: ClockReading): void {
    this.measured(reading);
    this.#saw(nodeIds);
  }

  /** The backend has said what time it is. */
  measured(reading: ClockReading): void {
    this.#ports.measured?.(reading);
  }

  /** Announces more often for a while: the schedules of this node have changed. */
  announceSoon(): void {
    this.#announcer.soon();
  }

  isTold(): boolean {
    return this.#nodeIds.length > 1;
  }

  /** Nodes of version 0.1.0 ask once. They announce no groups, although the backend heeds them. */
  askAgain(): boolean {
    const { nodeId, locking } = this.#ports;
    if (locking?.readGroup === undefined) return true;
    return this.#nodeIds.every((id) => id === nodeId || this.#groups.isNamed(id));
  }

  sign(): NodeSign | null {
    return this.#announcer.sign();
  }

  signed(reply: unknown, nowMs: number): void {
    this.#announcer.signed(reply, nowMs);
  }

  /** Whether no other node is known that may have the schedule, which this node has. */
  isAloneWith(key: string): boolean {
    return this.#nodeIds.length <= 1 || this.#rivals(key).length <= 1;
  }

  /** How long this node waits after an occurrence of its own schedule is due before it tries for it. */
  turnDelayMs(key: string, scheduledAtMs: number, dueAtMs: number): number {
    const rivals = this.#rivals(key);
    if (rivals.length <= 1) return 0;
    return turnDelayMs(turnOf(this.#ports.nodeId, rivals, `${key}@${scheduledAtMs}`), dueAtMs);
  }

  #saw(nodeIds: readonly string[]): void {
    const hasNews = nodeIds.some((id) => !this.#nodeIds.includes(id));
    this.#nodeIds = nodeIds;
    if (hasNews) this.announceSoon();
  }

  #known(nodeId: string): KnownNode {
    return { nodeId, isDraining: this.#groups.isDraining(nodeId), capacity: this.#groups.capacityOf(nodeId) };
  }

  /** The nodes that may have the schedule, this one among them as soon as the backend knows it. */
  #rivals(key: string): readonly string[] {
    const { nodeId } = this.#ports;
    return this.#nodeIds.filter((id) => id === nodeId || this.#groups.mayHave(id, key));
  }
}
