import { NotRunningError } from '../../errors.ts';
import type { Explanation } from '../../machines/explaining/explanation.ts';
import type { SupervisorEvent } from '../../supervisor/protocol.ts';
import type { DrainReport, SchedulerStats, ScheduleStatus, StopReport } from '../../supervisor/scheduler-reports.ts';
import type { Supervisor } from '../../supervisor/supervisor.ts';
import { NodeClock } from '../node-clock.ts';
import type { Random } from '../run-duration.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import { VirtualProcess } from '../virtual-process.ts';
import { type Duration, durationMs, type VirtualSettings } from '../virtual-scheduler-options.ts';
import { Link, type NetworkFaults } from './link.ts';
import type { NodeBackends, VirtualBackends } from './virtual-backends.ts';

/** What all nodes of a cluster share. */
export interface VirtualNodeWorld {
  readonly settings: VirtualSettings;
  readonly clock: VirtualClock;
  readonly backends: VirtualBackends;
  readonly network: NetworkFaults;
  readonly random: Random;
  readonly newRunId: () => string;
  readonly heard: (node: VirtualNode, event: SupervisorEvent) => void;
  /** Called when the node's process has ended, and its runs with it. */
  readonly died: (node: VirtualNode) => void;
}

/** One machine of a virtual cluster, with its disk, its clock and its network. At most one process runs on it. */
export class VirtualNode {
  /** The name of the node. */
  readonly name: string;
  readonly #world: VirtualNodeWorld;
  readonly #backends: NodeBackends;
  #skewMs: number;
  #faults: NetworkFaults;
  #isCut = false;
  #clock: NodeClock | null = null;
  #link: Link | null = null;
  #process: VirtualProcess | null = null;
  #startCount = 0;
  #isStopped = false;

  /** A cluster makes its nodes. @internal */
  constructor(name: string, skewMs: number, world: VirtualNodeWorld) {
    this.name = name;
    this.#world = world;
    this.#skewMs = skewMs;
    this.#faults = world.network;
    this.#backends = world.backends.forNode();
  }

  /** Whether its process lives. */
  get isUp(): boolean {
    return this.#process !== null;
  }

  /** Whether its process is stopped, as by SIGSTOP. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** How far its wall clock is ahead of that of the backends, in milliseconds. */
  get skewMs(): number {
    return this.#skewMs;
  }

  /** How far its clock is ahead of the true time, in milliseconds. */
  set skewMs(skewMs: number) {
    this.#skewMs = skewMs;
    if (this.#clock !== null) this.#clock.skewMs = skewMs;
  }

  /** Changes how its network behaves from now on. */
  set faults(faults: Partial<NetworkFaults>) {
    this.#faults = { ...this.#faults, ...faults };
    if (this.#link !== null) this.#link.faults = this.#faults;
  }

  /** Cuts its network, or mends it. */
  set isCut(isCut: boolean) {
    this.#isCut = isCut;
    if (this.#link !== null) this.#link.isCut = isCut;
  }

  /** Starts a process on what the last one left. Rejects as a real scheduler does. */
  async start(): Promise<void> {
    if (this.#process !== null) throw new NotRunningError('start', `running on ${this.name}`);
    this.#startCount += 1;
    const { settings, clock, random, newRunId, heard } = this.#world;
    const id = `${this.name}.${this.#startCount}`;
    this.#clock = new NodeClock(clock, this.#skewMs);
    this.#link = new Link(clock, this.#clock, { faults: this.#faults, random });
    this.#link.isCut = this.#isCut;
    const process = new VirtualProcess({
      settings,
      nodeId: id,
      incarnationId: id,
      clock: this.#clock,
      ...this.#backends.open({ clock: this.#clock, link: this.#link }),
      isCluster: true,
      random,
      newRunId,
      heard: (event) => heard(this, event),
    });
    this.#process = process;
    try {
      await clock.advanceUntil(process.supervisor.start());
    } catch (error) {
      this.crash();
      throw error;
    }
  }

  /** Kills the process, as `kill -9` does. What it sent before may still take effect. */
  crash(): void {
    this.#running('crash');
    this.#process?.kill();
    this.#process = null;
    this.#isStopped = false;
    this.#backends.crash();
    this.#world.died(this);
  }

  /** Stops the process and its runs where they are, as SIGSTOP does. */
  suspend(): void {
    this.#running('suspend');
    this.#isStopped = true;
    this.#clock?.stop();
  }

  /** Continues a suspended process, as SIGCONT does. */
  resume(): void {
    this.#isStopped = false;
    this.#clock?.continue();
  }

  /** Stops in good order. Runs may finish until `drain` is over, by default 10 s. */
  async stop({ drain = 10_000 }: { readonly drain?: Duration } = {}): Promise<StopReport> {
    const supervisor = this.#running('stop');
    const report = await this.#world.clock.advanceUntil(supervisor.stop({ drainMs: durationMs('drain', drain) }));
    this.#process?.kill();
    this.#process = null;
    this.#world.died(this);
    return report;
  }

  /** Starts nothing any more. Resolves as a real `drain()` does. As much time passes as its runs need. */
  async drain({ timeout }: { readonly timeout?: Duration } = {}): Promise<DrainReport> {
    const timeoutMs = timeout === undefined ? null : durationMs('timeout', timeout);
    return this.#world.clock.advanceUntil(this.#running('drain').drain({ timeoutMs }));
  }

  /** As `scheduler.pause()`. */
  async pause(key: string, note?: string): Promise<void> {
    const supervisor = this.#running('pause a schedule');
    await this.#world.clock.advanceUntil(supervisor.pause({ key, ...(note !== undefined && { note }) }));
  }

  /** As `scheduler.resume()`. */
  async resumeSchedule(key: string): Promise<void> {
    await this.#world.clock.advanceUntil(this.#running('resume a schedule').resume({ key }));
  }

  /** Starts a run now and returns its id. Throws as a real scheduler does. */
  trigger(key: string): string {
    return this.#running('trigger a schedule').trigger({ key }).runId;
  }

  /** As `scheduler.schedules()`. */
  schedules(): readonly ScheduleStatus[] {
    return this.#running('list schedules').schedules();
  }

  /** As `scheduler.stats()`. */
  stats(): SchedulerStats {
    return this.#running('read stats').stats();
  }

  /** As `scheduler.explain()`. */
  explain(key: string, atMs: number): Promise<Explanation> {
    return this.#world.clock.advanceUntil(this.#running('explain').explain({ key, atMs }));
  }

  #running(operation: string): Supervisor {
    if (this.#process === null) throw new NotRunningError(operation, `not running on ${this.name}`);
    return this.#process.supervisor;
  }
}
