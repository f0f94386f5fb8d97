/** What the host of a scenario works with, in the process of the scenario. Everything that it sees becomes a fact. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  createScheduler,
  type Outcome,
  type RunRecord,
  ScheduleBusyError,
  type Scheduler,
  type SchedulerOptions,
} from '../../../src/index.ts';
import { type Fact, writeFact } from './facts.ts';
import type { Isolation, Place, Scenario } from './scenario.ts';

/** Starts of the neighbour before its lateness counts: by then both threads have loaded it. */
const WARM_UP_STARTS = 6;
const DRAIN_MS = 300;
const GRACE_MS = 300;
/** What `stop()` may take beyond the drain and the grace. */
const STOP_SLACK_MS = 2_000;
const DEFAULT_SETTLE_MS = 8_000;
/** How long an answer to a wrong argument may take. */
const ANSWER_MS = 3_000;

export class HostBench implements Place {
  readonly folder: string;
  readonly seed: number;
  readonly isolation: Isolation;
  readonly scenario: Scenario;
  readonly #settled: RunRecord[] = [];
  #scheduler: Scheduler | null = null;
  #startCount = 0;
  #moduleCount = 0;
  /** Called at every fact that somebody may wait for. */
  #heard: () => void = () => {};

  constructor(scenario: Scenario, place: Place & { readonly isolation: Isolation }) {
    this.scenario = scenario;
    this.folder = place.folder;
    this.seed = place.seed;
    this.isolation = place.isolation;
  }

  get scheduler(): Scheduler {
    if (this.#scheduler === null) throw new Error('The scenario has not started its scheduler.');
    return this.#scheduler;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  problem(text: string): void {
    this.#tell({ fact: 'problem', text: text.slice(0, 2_000) });
  }

  /** The options that a scenario changes, over those of every scenario. */
  options(changed: SchedulerOptions = {}): SchedulerOptions {
    const pool = { maxThreads: 2, ...(this.isolation === 'process' && { isolation: this.isolation }), ...changed.pool };
    return {
      logger: { level: 'silent' },
      ...changed,
      plugins: [...(changed.plugins ?? []), new URL('./fixtures/neighbour.ts', import.meta.url).href],
      pool,
      budget: { wallMs: 2_000, graceMs: GRACE_MS, ...changed.budget },
    };
  }

  /** Starts the scheduler with its neighbour, and waits until that runs regularly. */
  async start(onWarning: (code: string, message: string) => void = () => {}): Promise<void> {
    const scheduler = await createScheduler(this.options(this.scenario.options?.(this)));
    this.#scheduler = scheduler;
    this.#startCount = 0;
    this.#listen(scheduler);
    scheduler.on('warning', ({ code, message, key = '' }) => onWarning(code, `${key} ${message}`));
    await scheduler.start();
    await this.until(() => this.#startCount >= WARM_UP_STARTS, 10_000);
    this.#tell({ fact: 'ready', atMs: Date.now() });
  }

  /** Writes the hostile plugin to a file and installs it. Resolves to false when it is refused, which is a fact. */
  async install(text = this.scenario.plugin ?? '', options: unknown = { seed: this.seed }): Promise<boolean> {
    this.#moduleCount += 1;
    const module = this.path(`hostile-${this.#moduleCount}.${this.scenario.pluginEnding ?? 'mjs'}`);
    writeFileSync(module, text);
    try {
      await this.scheduler.install({ module, options: options as never });
      return true;
    } catch (error) {
      this.#refused(error);
      return false;
    }
  }

  #refused(error: unknown): void {
    const { code, message } = error as { code?: string; message?: string };
    this.#tell({ fact: 'refused', code: String(code), message: String(message).slice(0, 500) });
  }

  /** Runs a schedule once, and resolves to how that ended; null when it did not end in time. */
  async run(key = 'hostile/h'): Promise<Outcome | null> {
    const settleMs = this.scenario.settleMs ?? DEFAULT_SETTLE_MS;
    const runId = await Promise.race([this.#trigger(key, settleMs), pause(settleMs, null, { ref: false })]);
    const record = (): RunRecord | undefined => this.#settled.find((run) => run.runId === runId);
    const isSettled = runId !== null && (await this.until(() => record() !== undefined, settleMs));
    if (!isSettled) this.problem(`the run of ${key} was not recorded within ${settleMs} ms`);
    return record()?.outcome ?? null;
  }

  /** A schedule is busy until its last run is recorded, which is a moment after that was told. */
  async #trigger(key: string, limitMs: number): Promise<string | null> {
    const untilMs = performance.now() + limitMs;
    for (;;) {
      try {
        return await this.scheduler.trigger(key);
      } catch (error) {
        if (!(error instanceof ScheduleBusyError) || performance.now() > untilMs) {
          this.problem(`${key} could not be triggered: ${error}`);
          return null;
        }
      }
      await pause(20);
    }
  }

  /** Expects that a call is refused with an error of ours, soon, and that its message is of a readable length. */
  async refuses(call: () => unknown, code = 'ERR_ESCAPEMENT_INVALID_OPTION'): Promise<void> {
    const answer = await Promise.race([
      (async () => call())().then(
        (value) => `was accepted, with ${JSON.stringify(value)?.slice(0, 60)}`,
        (error: unknown) => flawOfRefusal(error, code),
      ),
      pause(ANSWER_MS, `was not answered within ${ANSWER_MS} ms`, { ref: false }),
    ]);
    if (answer !== null) this.problem(`the call ${answer}`);
  }

  async linger(ms = this.scenario.lingerMs ?? 500): Promise<void> {
    await pause(ms);
  }

  /** Waits for what a fact may bring about. Resolves to whether it came. */
  async until(isSo: () => boolean, limitMs: number): Promise<boolean> {
    const untilMs = performance.now() + limitMs;
    while (!isSo() && performance.now() < untilMs) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
        // Of several that wait at a time only one is called.
        setTimeout(resolve, 50);
      });
    }
    return isSo();
  }

  /** Stops the scheduler. A stop that takes too long is a fact, and then nothing else can be expected of the process. */
  async stop(drainMs = DRAIN_MS): Promise<void> {
    const limitMs = drainMs + GRACE_MS + STOP_SLACK_MS;
    const fromMs = performance.now();
    this.#tell({ fact: 'stopping', atMs: Date.now(), limitMs });
    const hung = pause(limitMs + 3_000, 'hung', { ref: false });
    if ((await Promise.race([this.scheduler.stop({ drainMs }), hung])) === 'hung') {
      this.#tell({ fact: 'stop-hung' });
      process.kill(process.pid, 'SIGKILL');
    }
    this.#tell({ fact: 'stopped', tookMs: Math.round(performance.now() - fromMs) });
  }

  #listen(scheduler: Scheduler): void {
    scheduler.on('run-start', ({ key, scheduledAtMs, startedAtMs }) => {
      if (!isOfNeighbour(key)) return;
      this.#startCount += 1;
      const atMs = this.scenario.blocksHost ? startedAtMs : Date.now();
      this.#tell({ fact: 'neighbour-started', key, atMs, scheduledAtMs });
    });
    scheduler.on('run', (run) => {
      const { key, outcome, error } = run;
      this.#settled.push(run);
      if (typeof key !== 'string') this.problem(`a run of the schedule ${String(key)} was told`);
      const fact = isOfNeighbour(key) ? 'neighbour-ended' : 'hostile-ended';
      this.#tell({
        fact,
        key,
        outcome,
        error: error === undefined ? '' : `${error.name}: ${error.message}`.slice(0, 200),
      });
    });
    scheduler.on('warning', ({ code, message, key = '' }) => {
      this.#tell({ fact: 'warning', code, message: `${key} ${message}`.slice(0, 500) });
    });
    scheduler.on('error', (error) => this.#tell({ fact: 'error', message: String(error).slice(0, 500) }));
  }

  #tell(fact: Fact): void {
    writeFact(this.folder, fact);
    this.#heard();
  }
}

/** What a scheduler tells may be nonsense, and the bench has to outlive that. */
function isOfNeighbour(key: unknown): boolean {
  return String(key).startsWith('neighbour/');
}

function flawOfRefusal(error: unknown, code: string): string | null {
  const { code: found, message } = error as { code?: unknown; message?: unknown };
  if (found !== code) return `was refused with ${String(found)} (${String(error).slice(0, 120)}), not with ${code}`;
  return String(message).length > 4_096 ? `was refused with a message of ${String(message).length} characters` : null;
}
