/**
 * Four real processes on one backend, with clocks that are up to 4 s apart: through a storm, in which nodes are killed
 * and stopped and the backend is stopped and started anew, and a calm, in which everything has to be as it should. See
 * `audit.ts`.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ScheduleStatus } from '../../../src/supervisor/scheduler-reports.ts';
import type { BackendDescription } from '../../../src/supervisor/supervisor-config.ts';
import type { ClusterNodeOptions } from '../../fixtures/programs/cluster-node.ts';

const PROGRAM = fileURLToPath(new URL('../../fixtures/programs/cluster-node.ts', import.meta.url));
const OFFSETS_MS = [-2_000, -700, 700, 2_000];
/** The ttl of locks and of nodes. */
const TTL_MS = 15_000;
/**
 * Longest that a fault makes itself felt: a lock that nobody gives back, clocks that are apart, the last turn, a busy
 * machine.
 */
const AFTERMATH_MS = TTL_MS + 2_000 + 1_100 + 4_000;

export interface NodeBackends {
  readonly store: BackendDescription;
  readonly locking: BackendDescription | null;
  /** What can be done to the server, if there is one. */
  readonly server?: {
    pause(): void;
    resume(): void;
    restart(): Promise<void>;
  };
}

export interface CampaignOptions {
  readonly folder: string;
  readonly backends: NodeBackends;
  readonly schedules: number;
  readonly storms: number;
  /** How long everything is looked at after a storm. Default 20 s. */
  readonly calmMs?: number;
  readonly onPhase?: (phase: string) => void;
}

/** An instant or a time by the monotonic clock of the machine, in milliseconds. */
export interface Span {
  readonly pid: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** What one process has written, and how far its clock was ahead. */
export interface NodeFiles {
  readonly journal: string;
  readonly account: string;
  readonly offsetMs: number;
}

export interface Campaign {
  readonly files: readonly NodeFiles[];
  /** When processes were killed. */
  readonly kills: readonly { readonly pid: number; readonly atMs: number }[];
  /** Kills after which nothing else happened for as long as it takes to take over. */
  readonly takeOvers: readonly Span[];
  readonly stops: readonly Span[];
  /** Times without faults, long enough after the last: epoch milliseconds of the machine. */
  readonly calms: readonly { readonly fromMs: number; readonly untilMs: number }[];
  readonly restarts: number;
  /** Schedules as each node had them when it stopped in good order. */
  readonly statuses: readonly ScheduleStatus[];
}

interface Node {
  readonly index: number;
  child: ChildProcess;
}

export async function runCampaign(options: CampaignOptions): Promise<Campaign> {
  const campaign = new NodesCampaign(options);
  try {
    await campaign.run();
    return campaign;
  } finally {
    campaign.killAll();
  }
}

class NodesCampaign implements Campaign {
  readonly files: NodeFiles[] = [];
  readonly kills: { pid: number; atMs: number }[] = [];
  readonly takeOvers: Span[] = [];
  readonly statuses: ScheduleStatus[] = [];
  readonly stops: Span[] = [];
  readonly calms: { fromMs: number; untilMs: number }[] = [];
  restarts = 0;
  readonly #options: CampaignOptions;
  #nodes: Node[] = [];

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  async run(): Promise<void> {
    this.#nodes = await Promise.all(OFFSETS_MS.map(async (_, index) => ({ index, child: await this.#start(index) })));
    for (let storm = 0; storm < this.#options.storms; storm += 1) {
      await pause(3_000);
      // First the one whose clock is ahead: it has most of the work.
      await this.#killAndTakeOver(this.#nodes[(storm + 3) % 4] as Node);
      await this.#stopAndTrouble(this.#nodes[(storm + 2) % 4] as Node);
      await this.#calm();
    }
    for (const statuses of await Promise.all(this.#nodes.map(({ child }) => endInGoodOrder(child)))) {
      this.statuses.push(...statuses);
    }
  }

  killAll(): void {
    for (const { child } of this.#nodes) child.kill('SIGKILL');
  }

  /** One node dies, and for as long as the others may need nothing else happens. */
  async #killAndTakeOver(node: Node): Promise<void> {
    this.#options.onPhase?.('kill');
    const fromMs = await this.#kill(node);
    await pause(TTL_MS + 4_000);
    this.takeOvers.push({ pid: node.child.pid ?? 0, fromMs, untilMs: monotonicMs() });
    node.child = await this.#start(node.index);
  }

  /**
   * One node is stopped for longer than a lock lives, and meanwhile the backend goes and comes, and another node dies.
   */
  async #stopAndTrouble(node: Node): Promise<void> {
    const { onPhase, backends } = this.#options;
    onPhase?.('stop');
    const fromMs = monotonicMs();
    node.child.kill('SIGSTOP');
    await pause(6_000);
    onPhase?.('backend stopped');
    backends.server?.pause();
    await pause(4_500);
    backends.server?.resume();
    await pause(2_000);
    onPhase?.('backend restarted');
    await backends.server?.restart();
    this.restarts += backends.server === undefined ? 0 : 1;
    const other = this.#nodes[(node.index + 1) % 4] as Node;
    await this.#kill(other);
    await pause(5_000);
    node.child.kill('SIGCONT');
    this.stops.push({ pid: node.child.pid ?? 0, fromMs, untilMs: monotonicMs() });
    other.child = await this.#start(other.index);
  }

  async #calm(): Promise<void> {
    this.#options.onPhase?.('calm');
    await pause(AFTERMATH_MS);
    const fromMs = Date.now();
    await pause(this.#options.calmMs ?? 20_000);
    this.calms.push({ fromMs, untilMs: Date.now() });
    await pause(4_000);
  }

  async #kill({ child }: Node): Promise<number> {
    const exited = once(child, 'exit');
    const atMs = monotonicMs();
    child.kill('SIGKILL');
    await exited;
    this.kills.push({ pid: child.pid ?? 0, atMs });
    return atMs;
  }

  async #start(index: number): Promise<ChildProcess> {
    const { folder, backends, schedules } = this.#options;
    const name = join(folder, `node-${index}-${this.files.length}`);
    const options: ClusterNodeOptions = {
      journal: `${name}.journal`,
      account: `${name}.account`,
      schedules,
      maxRunMs: 49,
      offsetMs: OFFSETS_MS[index] ?? 0,
      store: backends.store,
      locking: backends.locking,
    };
    this.files.push(options);
    const child = fork(PROGRAM, [JSON.stringify(options)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    const died = once(child, 'exit').then(([code]) => {
      throw new Error(`a node ended with ${code} before it had started`);
    });
    died.catch(() => {});
    await Promise.race([once(child, 'message'), died]);
    return child;
  }
}

async function endInGoodOrder(child: ChildProcess): Promise<readonly ScheduleStatus[]> {
  const exited = once(child, 'exit');
  const told = once(child, 'message');
  child.send('stop');
  const [{ statuses }] = (await told) as [{ statuses: readonly ScheduleStatus[] }];
  const [code] = await exited;
  if (code !== 0) throw new Error(`a node did not stop in good order: ${code}`);
  return statuses;
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
