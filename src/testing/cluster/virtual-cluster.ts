/**
 * A cluster in virtual time: several nodes, each with the supervisor of production and its own clock, on backends that
 * they reach over a network that may fail. Everything happens in one process, in an order that depends only on the
 * seed, so that what went wrong once goes wrong again.
 */
import type { Ledger } from '../../machines/ledger/ledger.ts';
import type { Decision, RunRecord } from '../../machines/run.ts';
import type { Notice } from '../../machines/watching/notices.ts';
import type { LockingPlugin } from '../../supervisor/ports/locking.ts';
import type { SupervisorEvent } from '../../supervisor/protocol.ts';
import type { RunStartEvent, SchedulerWarning } from '../../supervisor/scheduler-reports.ts';
import { seededRandom } from '../run-duration.ts';
import { VirtualClock } from '../virtual-clock.ts';
import {
  type Duration,
  durationMs,
  type VirtualSchedulerOptions,
  virtualSettings,
} from '../virtual-scheduler-options.ts';
import { type NetworkFaults, NO_FAULTS } from './link.ts';
import { LockingBackends, NoBackends, StoreBackends, type VirtualBackends } from './virtual-backends.ts';
import { VirtualNode, type VirtualNodeWorld } from './virtual-node.ts';

/** The options of `createVirtualCluster()`. */
export interface VirtualClusterOptions extends Omit<VirtualSchedulerOptions, 'locking'> {
  /** How many nodes. Default 3. */
  readonly nodes?: number;
  /**
   * How the nodes agree: by a lock backend (each has its own store), by a store that they share, or not at all. Default
   * `locking`.
   */
  readonly backend?: 'locking' | 'store' | 'none';
  /** How far the wall clock of each node is ahead of that of the backends, in milliseconds. Default 0. */
  readonly clockSkewMs?: (node: number) => number;
  /** How the network behaves at first. Default: it delays messages by up to 5 ms. */
  readonly network?: Partial<NetworkFaults>;
  /** Wraps the lock backend of every node, to put in a fault that the test should find. Default: no wrapper. */
  readonly wrapLocking?: (locking: LockingPlugin) => LockingPlugin;
}

/** A run that began on some node. Instants are by the clock of the backends, epoch milliseconds. */
export interface VirtualStart {
  /** The name of the node. */
  readonly node: string;
  /** The id of the run. */
  readonly runId: string;
  /** The key of the schedule. */
  readonly key: string;
  /** The occurrence, before jitter, in epoch milliseconds. */
  readonly scheduledAtMs: number;
  /** When it started, in virtual epoch milliseconds. */
  readonly atMs: number;
  /** When it ended, or its node died. Null while it is under way. */
  endedAtMs: number | null;
  /** The record of the run, or null if it is under way or its node died before it ended. */
  record: RunRecord | null;
}

/** Makes a cluster in virtual time. Nothing is loaded before `start()`. */
export function createVirtualCluster(options: VirtualClusterOptions): VirtualCluster {
  return new VirtualCluster(options);
}

/** See `createVirtualCluster()`. */
export class VirtualCluster {
  /** The nodes, in the order of their names. */
  readonly nodes: readonly VirtualNode[];
  /** Every run that began on any node, in order. */
  readonly starts: VirtualStart[] = [];
  /** Every decision about occurrences that did not run, with the node that made it, in order. */
  readonly decisions: Decision[] = [];
  /** What the scheduler warned of. */
  readonly warnings: SchedulerWarning[] = [];
  /** What the nodes have told of schedules, in order. */
  readonly notices: Notice[] = [];
  readonly #clock: VirtualClock;
  readonly #backends: VirtualBackends;
  readonly #live = new Map<string, VirtualStart>();

  constructor(given: VirtualClusterOptions) {
    const { nodes = 3, backend = 'locking', clockSkewMs = () => 0, network, wrapLocking, ...options } = given;
    const settings = virtualSettings(options);
    this.#clock = new VirtualClock(settings.startAtMs);
    this.#backends = {
      locking: () => new LockingBackends(this.#clock, wrapLocking),
      store: () => new StoreBackends(this.#clock),
      none: () => new NoBackends(),
    }[backend]();
    let lastRunId = 0;
    const world: VirtualNodeWorld = {
      settings,
      clock: this.#clock,
      backends: this.#backends,
      network: { ...NO_FAULTS, ...network },
      random: seededRandom(settings.seed),
      newRunId: () => `run-${++lastRunId}`,
      heard: (node, event) => this.#hear(node, event),
      died: (node) => this.#endRunsOf(node),
    };
    this.nodes = Array.from({ length: nodes }, (_, index) => new VirtualNode(`n${index}`, clockSkewMs(index), world));
  }

  /** Wall time of the backends, epoch milliseconds. */
  get now(): number {
    return this.#clock.nowMs();
  }

  /** What is in the store that the nodes share. Null if each has its own. */
  get ledger(): Ledger | null {
    return this.#backends instanceof StoreBackends ? this.#backends.memory.ledger() : null;
  }

  /** Starts every node that is not up. */
  async start(): Promise<void> {
    for (const node of this.nodes) if (!node.isUp) await node.start();
  }

  /** Lets time pass, and everything that falls due in it happen. */
  async advance(by: Duration): Promise<void> {
    await this.#clock.advance(durationMs('advance', by));
  }

  /** Sets the clock of the backends, ahead or back. The machines of the nodes keep theirs. */
  setBackendClock(byMs: number): void {
    this.#clock.stepWall(byMs);
    for (const node of this.nodes) node.skewMs -= byMs;
  }

  /** Stops every node that is up. */
  async stop(): Promise<void> {
    for (const node of this.nodes) {
      node.resume();
      if (node.isUp) await node.stop();
    }
  }

  #hear(node: VirtualNode, event: SupervisorEvent): void {
    if (event.type === 'run-start') this.#began(node, event.event);
    else if (event.type === 'run') this.#ended(event.event);
    else if (event.type === 'decision') this.decisions.push(event.event);
    else if (event.type === 'warning') this.warnings.push(event.event);
    else if (event.type === 'notice') this.notices.push(event.event);
  }

  #began(node: VirtualNode, { runId, key, scheduledAtMs }: RunStartEvent): void {
    const start = { node: node.name, runId, key, scheduledAtMs, atMs: this.now, endedAtMs: null, record: null };
    this.starts.push(start);
    this.#live.set(runId, start);
  }

  #ended(record: RunRecord): void {
    const start = this.#live.get(record.runId);
    if (start === undefined) return;
    this.#live.delete(record.runId);
    start.record = record;
    start.endedAtMs = this.now;
  }

  #endRunsOf(node: VirtualNode): void {
    for (const [runId, start] of this.#live) {
      if (start.node !== node.name) continue;
      this.#live.delete(runId);
      start.endedAtMs = this.now;
    }
  }
}
