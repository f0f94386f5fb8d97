/** Plays a story: starts processes, sets the clock of one of them, and collects what came of it. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Explanation, RunRecord, Schedule, SchedulerWarning, ScheduleStatus } from '../../../src/index.ts';
import type { Decision } from '../../../src/machines/run.ts';
import type { Happening } from '../clock-lives/clock-life.ts';
import type { LifeSchedule } from '../clock-lives/life-schedules.ts';
import type { BackendName, StoryBackends } from './backends.ts';
import { FakeClock } from './fake-clock.ts';
import type { ClockHostOptions } from './fixtures/clock-host.ts';
import { HostProcess, readAccount, readJournal } from './host-process.ts';
import { instantsToExplain } from './instants.ts';
import type { Story } from './stories.ts';

const DAY_MS = 86_400_000;
/** When the daily schedule is due, after the start of the story. A process has started by then. */
export const DAILY_AFTER_MS = 9_000;
const FIRST_PHASE_MS = 13_000;
const PHASE_MS = 18_000;
const POLICIES = ['skip', 'run-once', 'run-all'] as const;

/** What the process whose clock was set saw in one phase. Wall times are by its clock, all in epoch milliseconds. */
export interface Phase {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly skewMs: number;
}

export interface SeenStart {
  readonly key: string;
  readonly scheduledAtMs: number;
  readonly atMs: number;
  /** Whether it began in the process whose clock was set. */
  readonly isByWrongClock: boolean;
}

export interface PlayedStory {
  readonly story: Story;
  readonly backend: BackendName;
  readonly schedules: readonly LifeSchedule[];
  readonly phases: readonly Phase[];
  readonly happenings: readonly Happening[];
  readonly starts: readonly SeenStart[];
  readonly records: readonly RunRecord[];
  readonly decisions: readonly Decision[];
  readonly warnings: readonly SchedulerWarning[];
  readonly explanations: readonly Explanation[];
  readonly statuses: readonly ScheduleStatus[];
  /** The longest that a process took to start, in milliseconds. */
  readonly bootMs: number;
  readonly endMs: number;
}

/** @param folder An empty one for this story alone. */
export async function play(story: Story, backend: StoryBackends, folder: string): Promise<PlayedStory> {
  const play = new Play(story, backend, folder);
  try {
    return await play.run();
  } finally {
    play.killAll();
  }
}

class Play {
  readonly #story: Story;
  readonly #backend: StoryBackends;
  readonly #folder: string;
  readonly #clock: FakeClock;
  readonly #dailyMs: number;
  readonly #phases: Phase[] = [];
  readonly #happenings: Happening[] = [];
  readonly #files: { readonly path: string; readonly isWrong: boolean }[] = [];
  readonly #live = new Set<HostProcess>();
  #bootMs = 0;

  constructor(story: Story, backend: StoryBackends, folder: string) {
    this.#story = story;
    this.#backend = backend;
    this.#folder = folder;
    this.#clock = new FakeClock(folder, 'wrong', story.skewsS[0] ?? 0);
    this.#dailyMs = (Math.ceil((trueMs() + DAILY_AFTER_MS) / 1_000) * 1_000) % DAY_MS;
  }

  async run(): Promise<PlayedStory> {
    const other = this.#backend.isCluster ? await this.#start(null) : null;
    let host = await this.#startWrong();
    for (const [index, skewS] of this.#story.skewsS.entries()) {
      if (index > 0) host = await this.#turnTo(skewS, host);
      const fromMs = trueMs();
      await pause(index === 0 ? FIRST_PHASE_MS : PHASE_MS);
      this.#phases.push({ fromMs, untilMs: trueMs(), skewMs: skewS * 1_000 });
    }
    const expected = this.#schedules().map(({ expected: schedule }) => schedule);
    const phases = this.#backend.isCluster ? this.#phases.map((phase) => ({ ...phase, skewMs: 0 })) : this.#phases;
    const { explanations, statuses } = await host.explain(instantsToExplain(expected, phases));
    const endMs = trueMs();
    await this.#stop(host);
    if (other !== null) await this.#stop(other);
    return { ...this.#collect(), schedules: expected, explanations, statuses, bootMs: this.#bootMs, endMs };
  }

  killAll(): void {
    for (const host of this.#live) host.kill();
  }

  async #turnTo(skewS: number, host: HostProcess): Promise<HostProcess> {
    if (this.#story.when === 'boot') {
      this.#happenings.push({ what: 'down', atMs: trueMs() });
      await this.#stop(host);
    }
    const fromMs = this.#phases.at(-1)?.skewMs ?? 0;
    this.#happenings.push({ what: 'set', atMs: trueMs(), fromMs, toMs: skewS * 1_000 });
    this.#clock.set(skewS);
    return this.#story.when === 'boot' ? this.#startWrong() : host;
  }

  #startWrong(): Promise<HostProcess> {
    this.#happenings.push({ what: 'up', atMs: trueMs() });
    return this.#start(this.#clock);
  }

  async #start(clock: FakeClock | null): Promise<HostProcess> {
    const path = join(this.#folder, `host-${this.#files.length}`);
    this.#files.push({ path, isWrong: clock !== null });
    const { locking, isCluster } = this.#backend;
    const options: ClockHostOptions = {
      journal: `${path}.journal`,
      account: `${path}.account`,
      schedules: this.#schedules().map(({ declared }) => declared),
      store: this.#backend.store(clock === null ? 'right' : 'wrong'),
      ...(locking && { locking }),
      cluster: isCluster,
    };
    const fromMs = trueMs();
    const host = await HostProcess.start(options, clock);
    this.#bootMs = Math.max(this.#bootMs, trueMs() - fromMs);
    this.#live.add(host);
    return host;
  }

  async #stop(host: HostProcess): Promise<void> {
    await host.stop();
    this.#live.delete(host);
  }

  #schedules(): { readonly declared: Schedule; readonly expected: LifeSchedule }[] {
    const daily = new Date(this.#dailyMs);
    const at = `${daily.getUTCSeconds()} ${daily.getUTCMinutes()} ${daily.getUTCHours()}`;
    const plain = { policy: 'run-once', phaseMs: 0, isFixedTime: false } as const;
    return [
      ...POLICIES.map((policy) => ({
        declared: { id: policy, cron: '2s', missedRunPolicy: policy, ...(policy === 'run-all' && { maxCatchup: 20 }) },
        expected: { ...plain, key: `p/${policy}`, periodMs: 2_000, policy },
      })),
      {
        declared: { id: 'cron', cron: '*/10 * * * * *' },
        expected: { ...plain, key: 'p/cron', periodMs: 10_000 },
      },
      {
        declared: { id: 'daily', cron: `${at} * * *` },
        expected: { ...plain, key: 'p/daily', periodMs: DAY_MS, phaseMs: this.#dailyMs, isFixedTime: true },
      },
    ];
  }

  #collect(): Omit<PlayedStory, 'schedules' | 'explanations' | 'statuses' | 'bootMs' | 'endMs'> {
    const starts: SeenStart[] = [];
    const records: RunRecord[] = [];
    const decisions: Decision[] = [];
    const warnings: SchedulerWarning[] = [];
    for (const { path, isWrong } of this.#files) {
      for (const { event, key, scheduledAtMs, runId, monotonicMs } of readJournal(`${path}.journal`)) {
        if (event !== 'start') continue;
        const atMs = monotonicMs + MONOTONIC_TO_TRUE_MS;
        starts.push({ key, scheduledAtMs, atMs, isByWrongClock: isWrong });
        this.#happenings.push({ what: 'start', atMs, key, scheduledAtMs, runId });
      }
      for (const { type, monotonicMs, event } of readAccount(`${path}.account`)) {
        const atMs = monotonicMs + MONOTONIC_TO_TRUE_MS;
        if (type === 'run') {
          records.push(event as RunRecord);
          this.#happenings.push({ what: 'end', atMs, record: event as RunRecord });
        } else if (type === 'decision') {
          decisions.push(event as Decision);
          this.#happenings.push({ what: 'decision', atMs, decision: event as Decision });
        } else warnings.push(event as SchedulerWarning);
      }
    }
    const happenings = this.#happenings.toSorted((a, b) => a.atMs - b.atMs);
    const { name: backend } = this.#backend;
    return { story: this.#story, backend, phases: this.#phases, happenings, starts, records, decisions, warnings };
  }
}

/** Sets the monotonic clock of the machine beside the true time, once: nobody sets the clock of the campaign. */
const MONOTONIC_TO_TRUE_MS = Date.now() - monotonicMs();

function trueMs(): number {
  return monotonicMs() + MONOTONIC_TO_TRUE_MS;
}

function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}
