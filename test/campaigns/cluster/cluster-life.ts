/**
 * One life of a virtual cluster, decided by its seed: storms, in which nodes die, stop and lose their network, and
 * calms, in which everything has to be as it should again. What it tells is what an auditor needs, and how often it
 * came to what matters.
 */
import type { LockingPlugin, Schedule } from '../../../src/index.ts';
import { createVirtualCluster, type VirtualCluster } from '../../../src/testing/cluster/virtual-cluster.ts';
import type { VirtualNode } from '../../../src/testing/cluster/virtual-node.ts';
import { type Random, seededRandom } from '../../../src/testing/run-duration.ts';

export interface LifeOptions {
  readonly seed: number;
  readonly schedules: number;
  /** Storms, each with the calm that follows it. */
  readonly storms: number;
  readonly backend: 'locking' | 'store';
  /** Clocks are up to decades off, drift, and are set at any time, also in a calm. Default false. */
  readonly hasWildClocks?: boolean;
  /** A fault to be found. */
  readonly wrapLocking?: (locking: LockingPlugin) => LockingPlugin;
}

/** A time without faults, long enough after the last. Epoch milliseconds of the backends. */
export interface Calm {
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Life {
  readonly cluster: VirtualCluster;
  readonly keys: readonly string[];
  /** From when on every occurrence has to be accounted for. */
  readonly auditedFromMs: number;
  readonly calms: readonly Calm[];
  /** When processes were stopped and continued, by node. */
  readonly suspensions: readonly { readonly node: string; readonly fromMs: number; readonly untilMs: number }[];
  /** Where what fell due on a node and how it ended were not the same number, in a calm. */
  readonly miscounts: readonly string[];
  /** How often it came to what matters. */
  readonly reached: Readonly<Record<string, number>>;
}

/**
 * The longest that a fault makes itself felt after it is over: a message under way for 6 s, the lock that it takes and
 * nobody gives back for 15 s, and the last turn.
 */
const AFTERMATH_MS = 30_000;
/** By when every node has started: the schedules are known to all. */
const START_MS = 12_000;
/** How far the clock of a machine may be off: seconds, an hour, or a year. */
const MAX_SKEWS_MS = [5_000, 3_600_000, 365 * 86_400_000] as const;
const WILD_SKEWS_MS = [...MAX_SKEWS_MS, 50 * 365 * 86_400_000];
/** Wild clocks run by a hundredth too fast or too slow. */
const DRIFTS = [0.01, 0, -0.01] as const;
const DRIFT_EVERY_MS = 1_000;
/** How likely one of the wild clocks is set within that time. */
const SET_RATE = 0.1;
const POLICIES = ['skip', 'run-once', 'run-all'] as const;
const STEPS = ['crash', 'start', 'suspend', 'resume', 'cut', 'mend', 'errors', 'skew', 'slow'] as const;

export async function liveThrough(options: LifeOptions): Promise<Life> {
  const life = new ClusterLife(options);
  await life.run(options.storms);
  return life;
}

class ClusterLife implements Life {
  readonly cluster: VirtualCluster;
  readonly keys: readonly string[];
  readonly auditedFromMs: number;
  readonly calms: Calm[] = [];
  readonly suspensions: { node: string; fromMs: number; untilMs: number }[] = [];
  readonly miscounts: string[] = [];
  readonly reached: Record<string, number> = {};
  readonly #random: Random;
  readonly #hasWildClocks: boolean;
  readonly #suspendedAtMs = new Map<VirtualNode, number>();

  constructor({ seed, schedules: count, backend, hasWildClocks = false, wrapLocking }: LifeOptions) {
    this.#random = seededRandom(seed ^ 0x5eed);
    this.#hasWildClocks = hasWildClocks;
    const schedules = Array.from({ length: count }, (_, index): Schedule => {
      const missedRunPolicy = POLICIES[index % POLICIES.length] as (typeof POLICIES)[number];
      return { id: `s${index}`, cron: '* * * * * *', locking: 'require-global', missedRunPolicy };
    });
    this.keys = schedules.map(({ id }) => `p/${id}`);
    this.cluster = createVirtualCluster({
      nodes: hasWildClocks ? 1 + Math.floor(this.#random() * 5) : 2 + Math.floor(this.#random() * 8),
      backend,
      seed,
      plugins: [{ name: 'p', schedules: () => schedules, run: () => {} }],
      runMs: (_ctx, random) => Math.round(random() ** 4 * 60),
      threads: 4,
      clockSkewMs: () => this.#skew(),
      network: { maxDelayMs: 20 },
      ...(wrapLocking && { wrapLocking }),
    });
    this.auditedFromMs = this.cluster.now + START_MS;
  }

  async run(storms: number): Promise<void> {
    await this.cluster.start();
    // A node that is alone must get to the backend once: before, nobody knows the schedules.
    if (this.#hasWildClocks) await this.#advance(START_MS);
    for (let storm = 0; storm < storms; storm += 1) {
      await this.#storm();
      await this.#calm();
    }
    await this.cluster.stop();
  }

  async #storm(): Promise<void> {
    const steps = 4 + Math.floor(this.#random() * 10);
    for (let step = 0; step < steps; step += 1) {
      await this.#step(this.#pick(STEPS), this.#pick(this.cluster.nodes));
      await this.#advance(Math.floor(this.#random() ** 2 * 12_000));
    }
  }

  async #calm(): Promise<void> {
    for (const node of this.cluster.nodes) {
      this.#resume(node);
      node.isCut = false;
      node.faults = { errorBefore: 0, errorAfter: 0, lostAnswer: 0, maxDelayMs: 20 };
      if (!node.isUp) await node.start();
    }
    await this.#advance(AFTERMATH_MS);
    const fromMs = this.cluster.now;
    await this.#advance(10_000 + Math.floor(this.#random() * 20_000));
    this.calms.push({ fromMs, untilMs: this.cluster.now });
    await this.#advance(8_000);
    // In a shared store they are counted for all nodes, and one may be running.
    if (this.cluster.ledger === null) for (const node of this.cluster.nodes) this.#count(node);
  }

  /** Lets time pass. Wild clocks drift meanwhile and are set. */
  async #advance(byMs: number): Promise<void> {
    if (!this.#hasWildClocks) return this.cluster.advance(byMs);
    const untilMs = this.cluster.now + byMs;
    while (this.cluster.now < untilMs) {
      const sliceMs = Math.min(DRIFT_EVERY_MS, untilMs - this.cluster.now);
      await this.cluster.advance(sliceMs);
      for (const [index, node] of this.cluster.nodes.entries())
        node.skewMs += (DRIFTS[index % DRIFTS.length] ?? 0) * sliceMs;
      if (this.#random() < SET_RATE) this.#pick(this.cluster.nodes).skewMs = this.#skew();
    }
  }

  #count(node: VirtualNode): void {
    for (const { key, state, dueCount, outcomes } of node.schedules()) {
      const ended = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
      if (state === 'idle' && ended !== dueCount)
        this.miscounts.push(`${key} on ${node.name}: ${dueCount} fell due, ${ended} ended`);
    }
  }

  async #step(step: (typeof STEPS)[number], node: VirtualNode): Promise<void> {
    const isDone = await this.#carryOut(step, node);
    if (isDone) this.reached[step] = (this.reached[step] ?? 0) + 1;
  }

  async #carryOut(step: (typeof STEPS)[number], node: VirtualNode): Promise<boolean> {
    const rate = (): number => (this.#random() < 0.5 ? 0 : this.#random() * 0.3);
    switch (step) {
      case 'crash':
        return this.#crash(node);
      case 'start':
        if (node.isUp) return false;
        await node.start().catch(() => {});
        return true;
      case 'suspend':
        return this.#suspend(node);
      case 'resume':
        return this.#resume(node);
      case 'cut':
      case 'mend':
        node.isCut = step === 'cut';
        return true;
      case 'errors':
        node.faults = { errorBefore: rate(), errorAfter: rate(), lostAnswer: rate() };
        return true;
      case 'slow':
        node.faults = { maxDelayMs: this.#random() * 6_000 };
        return true;
      case 'skew':
        node.skewMs = this.#skew();
        return true;
    }
  }

  #crash(node: VirtualNode): boolean {
    if (!node.isUp) return false;
    this.#resumed(node);
    node.crash();
    return true;
  }

  #suspend(node: VirtualNode): boolean {
    if (!node.isUp || node.isStopped) return false;
    node.suspend();
    this.#suspendedAtMs.set(node, this.cluster.now);
    return true;
  }

  #resume(node: VirtualNode): boolean {
    if (!node.isStopped) return false;
    this.#resumed(node);
    node.resume();
    return true;
  }

  #resumed(node: VirtualNode): void {
    const fromMs = this.#suspendedAtMs.get(node);
    if (fromMs === undefined) return;
    this.#suspendedAtMs.delete(node);
    this.suspensions.push({ node: node.name, fromMs, untilMs: this.cluster.now });
  }

  #skew(): number {
    return Math.round((this.#random() * 2 - 1) * this.#pick(this.#hasWildClocks ? WILD_SKEWS_MS : MAX_SKEWS_MS));
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
