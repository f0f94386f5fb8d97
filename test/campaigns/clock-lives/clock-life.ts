/**
 * One life of a node in virtual time, decided by its seed: its wall clock is set and drifts, its process dies, stops
 * and starts again, and what it has recorded outlives it. Everything that really happened is written down by a clock
 * that nobody sets, so that an auditor can judge it without believing the node.
 */
import type { Decision, RunRecord } from '../../../src/machines/run.ts';
import type { SupervisorEvent } from '../../../src/supervisor/protocol.ts';
import type { ScheduleStatus } from '../../../src/supervisor/scheduler-reports.ts';
import { NO_FAULTS } from '../../../src/testing/cluster/link.ts';
import { NoBackends } from '../../../src/testing/cluster/virtual-backends.ts';
import { VirtualNode } from '../../../src/testing/cluster/virtual-node.ts';
import { type Random, seededRandom } from '../../../src/testing/run-duration.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { virtualSettings } from '../../../src/testing/virtual-scheduler-options.ts';
import { type LifeSchedule, SCHEDULES } from './life-schedules.ts';

/** What happened. `atMs` is by a clock that is never set, in milliseconds since the epoch. */
export type Happening =
  | {
      readonly what: 'start';
      readonly atMs: number;
      readonly key: string;
      readonly scheduledAtMs: number;
      readonly runId: string;
    }
  | { readonly what: 'end'; readonly atMs: number; readonly record: RunRecord }
  | { readonly what: 'decision'; readonly atMs: number; readonly decision: Decision }
  /** The wall clock was ahead by `fromMs` and is ahead by `toMs`. */
  | { readonly what: 'set'; readonly atMs: number; readonly fromMs: number; readonly toMs: number }
  /** The process begins or ends to look at its clock: it starts or dies, continues or is stopped. */
  | { readonly what: 'up' | 'down'; readonly atMs: number };

export interface ClockLife {
  readonly schedules: readonly LifeSchedule[];
  readonly happenings: readonly Happening[];
  readonly startSkewMs: number;
  readonly endMs: number;
  /** As they are at the end, at rest. */
  readonly statuses: readonly ScheduleStatus[];
  readonly reached: Readonly<Record<string, number>>;
}

export interface ClockLifeOptions {
  readonly seed: number;
  /** How often something happens to the clock or to the process. */
  readonly troubles: number;
}

const DAY_MS = 86_400_000;
const START_MS = Date.UTC(2026, 0, 1);
const EARLIEST_MS = Date.UTC(1971, 0, 1);
const LATEST_MS = Date.UTC(2150, 0, 1);
/** How far a clock is set, either way. */
const STEPS_MS = [
  500,
  5_000,
  30_000,
  600_000,
  3_600_000,
  7_200_000,
  5 * 3_600_000,
  DAY_MS,
  400 * DAY_MS,
  18_262 * DAY_MS,
];
const DRIFTS = [0, 0, 0.01, -0.01];
/** A drifting clock is moved this often. */
const DRIFT_EVERY_MS = 500;
/** By then a change of the clock has been noticed. */
const NOTICED_MS = 1_600;
const LAST_CALM_MS = 40_000;
const MAX_CALM_MS = 150_000;
const TROUBLES = ['again', 'set', 'set', 'set', 'crash', 'crash-set', 'crash-set', 'stop', 'suspend', 'drift'] as const;
export async function liveByWrongClocks(options: ClockLifeOptions): Promise<ClockLife> {
  const life = new Life(options);
  await life.run(options.troubles);
  return life;
}

class Life implements ClockLife {
  readonly schedules = SCHEDULES.map(({ expected }) => expected);
  readonly happenings: Happening[] = [];
  readonly startSkewMs: number;
  readonly reached: Record<string, number> = {};
  statuses: readonly ScheduleStatus[] = [];
  endMs = START_MS;
  readonly #random: Random;
  readonly #clock = new VirtualClock(START_MS);
  readonly #node: VirtualNode;
  #drift = 0;

  constructor({ seed }: ClockLifeOptions) {
    this.#random = seededRandom(seed ^ 0xc10c);
    this.startSkewMs = this.#skewAfter(this.#step());
    let lastRunId = 0;
    const settings = virtualSettings({
      plugins: [{ name: 'p', schedules: () => SCHEDULES.map(({ schedule }) => schedule), run: () => {} }],
      runMs: (_ctx, random) => Math.round(random() ** 6 * 2_500),
      threads: 6,
      seed,
    });
    this.#node = new VirtualNode('n', this.startSkewMs, {
      settings,
      clock: this.#clock,
      backends: new NoBackends(),
      network: NO_FAULTS,
      random: seededRandom(seed),
      newRunId: () => `run-${++lastRunId}`,
      heard: (_node, event) => this.#hear(event),
      died: () => {},
    });
  }

  async run(troubles: number): Promise<void> {
    await this.#start();
    await this.#advance(8_000);
    for (let trouble = 0; trouble < troubles; trouble += 1) {
      await this.#meet(this.#pick(TROUBLES));
      await this.#advance(NOTICED_MS + this.#random() ** 2 * MAX_CALM_MS);
    }
    this.#drift = 0;
    await this.#advance(LAST_CALM_MS);
    this.endMs = this.#clock.nowMs();
    this.statuses = this.#node.schedules();
    await this.#node.stop();
  }

  async #meet(trouble: (typeof TROUBLES)[number]): Promise<void> {
    this.reached[trouble] = (this.reached[trouble] ?? 0) + 1;
    switch (trouble) {
      case 'set':
        return this.#set();
      case 'again':
        return this.#setAgainAndAgain();
      case 'drift':
        this.#drift = this.#pick(DRIFTS);
        return;
      case 'suspend':
        return this.#suspend();
      case 'stop':
        this.#tell({ what: 'down', atMs: this.#clock.nowMs() });
        await this.#node.stop({ drain: this.#random() < 0.5 ? 0 : 10_000 });
        break;
      default:
        this.#tell({ what: 'down', atMs: this.#clock.nowMs() });
        this.#node.crash();
    }
    await this.#advance(this.#random() ** 3 * 30_000);
    if (trouble === 'crash-set') await this.#setWhileDown();
    await this.#start();
  }

  /** The same half minute comes several times, and sometimes the process is down in the middle of it. */
  async #setAgainAndAgain(): Promise<void> {
    for (let time = 0; time < 3; time += 1) {
      await this.#advance(15_000 + this.#random() * 15_000);
      this.#setSkew(this.#skewAfter(this.#node.skewMs - 20_000 - this.#random() * 20_000));
    }
    await this.#advance(NOTICED_MS);
    await this.#suspend();
  }

  async #suspend(): Promise<void> {
    this.#node.suspend();
    this.#tell({ what: 'down', atMs: this.#clock.nowMs() });
    await this.#advance(this.#random() * 20_000);
    if (this.#random() < 0.4) this.#set();
    this.#tell({ what: 'up', atMs: this.#clock.nowMs() });
    this.#node.resume();
  }

  async #setWhileDown(): Promise<void> {
    this.#set();
    if (this.#random() > 0.3) return;
    await this.#advance(this.#random() * 20_000);
    this.#set();
  }

  async #start(): Promise<void> {
    this.#tell({ what: 'up', atMs: this.#clock.nowMs() });
    await this.#node.start();
  }

  #set(): void {
    // Every other time it is put right.
    const isRight = this.#random() < 0.4;
    this.#setSkew(isRight ? 0 : this.#skewAfter(this.#node.skewMs + this.#step()));
  }

  #setSkew(toMs: number): void {
    this.#tell({ what: 'set', atMs: this.#clock.nowMs(), fromMs: this.#node.skewMs, toMs });
    this.#node.skewMs = toMs;
  }

  #step(): number {
    const sign = this.#random() < 0.5 ? -1 : 1;
    return sign * Math.round(this.#pick(STEPS_MS) * (0.8 + 0.4 * this.#random()));
  }

  /** A clock that would show a time long before or after all computers is set right. */
  #skewAfter(skewMs: number): number {
    const wallMs = this.#clock.nowMs() + skewMs;
    return wallMs < EARLIEST_MS || wallMs > LATEST_MS ? 0 : skewMs;
  }

  async #advance(byMs: number): Promise<void> {
    const untilMs = this.#clock.nowMs() + Math.round(byMs);
    while (this.#clock.nowMs() < untilMs) {
      const restMs = untilMs - this.#clock.nowMs();
      const sliceMs = this.#drift === 0 ? restMs : Math.min(restMs, DRIFT_EVERY_MS);
      await this.#clock.advance(sliceMs);
      if (this.#drift !== 0) this.#setSkew(this.#node.skewMs + this.#drift * sliceMs);
    }
  }

  #hear(event: SupervisorEvent): void {
    const atMs = this.#clock.nowMs();
    if (event.type === 'run-start') {
      const { key, scheduledAtMs, runId } = event.event;
      this.#tell({ what: 'start', atMs, key, scheduledAtMs, runId });
    } else if (event.type === 'run') this.#tell({ what: 'end', atMs, record: event.event });
    else if (event.type === 'decision') this.#tell({ what: 'decision', atMs, decision: event.event });
  }

  #tell(happening: Happening): void {
    this.happenings.push(happening);
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
