import { MemoryStore } from '../../backends/memory/memory-store.ts';
import { checkOptions } from '../../host/checking/check-options.ts';
import { resolveOptions } from '../../host/resolve-options.ts';
import type { PluginOption, SchedulerOptions } from '../../host/scheduler-options.ts';
import { callWith } from '../../host/with-caller.ts';
import { Ledger } from '../../machines/ledger/ledger.ts';
import { type LogLine, placeOf } from '../../machines/run.ts';
import { OutboundThread } from '../../outbound/outbound-thread.ts';
import type { HostFunctions, JsonValue } from '../../plugin.ts';
import { FunctionCalls } from '../../supervisor/calling/function-calls.ts';
import { SystemClock } from '../../supervisor/clocks/system-clock.ts';
import { Pools } from '../../supervisor/pools.ts';
import type { PoolWarning, RunBudget, RunPool, RunReport, RunRequest } from '../../supervisor/ports/run-pool.ts';
import type { ScheduleDefinition } from '../../supervisor/schedules/definition.ts';
import { type InstalledPlugin, PluginRegistry } from '../../supervisor/schedules/plugin-registry.ts';
import type { PluginReference } from '../../supervisor/supervisor-config.ts';

/** What the plugin is given. All of it as `createScheduler()` takes it. */
export interface PluginConformanceOptions extends Pick<SchedulerOptions, 'baseUrl' | 'timezone' | 'budget'> {
  /** The functions that the plugin may call. */
  readonly hostFunctions?: HostFunctions;
  /** How long a run may take at most, in milliseconds, whatever its budget is. Default 30,000. */
  readonly limitMs?: number;
}

/** A run in which nothing went on that the plugin cannot control: it was alone, on one worker. */
export interface Trial {
  readonly report: RunReport;
  readonly durationMs: number;
  readonly lines: readonly LogLine[];
  /** What the pool found in the worker after the run. */
  readonly warnings: readonly PoolWarning[];
}

/** How a run is tried. */
export interface TrialTerms {
  readonly isCatchup?: boolean;
  /** Its signal is aborted as soon as it has begun. */
  readonly isAborted?: boolean;
  readonly budget?: Partial<RunBudget>;
}

const LIMIT_MS = 30_000;
/** How far back an occurrence is looked for. */
const YEAR_MS = 366 * 86_400_000;

/** One plugin in a real pool with one worker. */
export class PluginStage {
  readonly #reference: PluginReference;
  readonly #clock = new SystemClock();
  readonly #pools: Pools;
  readonly #registry: PluginRegistry;
  readonly #calls: FunctionCalls;
  readonly #limitMs: number;
  #warnings: PoolWarning[] = [];
  #runCount = 0;

  /** @throws InvalidOptionError @throws InvalidTimezoneError */
  constructor(plugin: PluginOption, { hostFunctions = {}, limitMs = LIMIT_MS, ...given }: PluginConformanceOptions) {
    this.#limitMs = limitMs;
    const pool = { minThreads: 1, maxThreads: 1, niceIncrement: 0 };
    const config = resolveOptions(checkOptions({ ...given, plugins: [plugin], pool, hostFunctions }));
    const { timezone, budget } = config;
    const clock = this.#clock;
    this.#reference = config.plugins[0] as PluginReference;
    const listener = { warned: (warning: PoolWarning) => this.#warnings.push(warning) };
    this.#pools = new Pools(config, { clock, listener, threadId: 0 });
    this.#calls = new FunctionCalls({
      clock,
      // What the plugin keeps is gone with its stage.
      store: new MemoryStore({ ledger: new Ledger() }),
      fetcher: new OutboundThread(),
      hostFunctions: config.hostFunctions,
      maxMessageBytes: config.pool.maxMessageBytes,
      callHost: async ({ name, args, caller }) => {
        const called = hostFunctions[name];
        return called === undefined ? undefined : ((await callWith(called, args, caller)) as JsonValue | undefined);
      },
    });
    const { loadTimeoutMs } = config.pool;
    this.#registry = new PluginRegistry({ pool: this.#pools.pool, clock, timezone, budget, loadTimeoutMs });
  }

  /** Loads the plugin and checks its declaration. Rejects as an installation does. */
  async load(): Promise<InstalledPlugin> {
    await this.#open();
    return this.#registry.load(this.#reference);
  }

  /** The same in a new worker. */
  async loadAfresh(): Promise<InstalledPlugin> {
    await this.#open();
    const [loading] = this.#registry.loadAfresh([this.#reference]);
    return loading as Promise<InstalledPlugin>;
  }

  /** Executes one run, and resolves when its worker is free again, or gone. */
  async try(
    definition: ScheduleDefinition,
    { isCatchup = false, isAborted = false, budget }: TrialTerms,
  ): Promise<Trial> {
    const pool = await this.#open();
    this.#warnings = [];
    this.#runCount += 1;
    const runId = `trial-${this.#runCount}`;
    const lines: LogLine[] = [];
    const reported = Promise.withResolvers<RunReport>();
    const wallMs = Math.min(definition.budget.wallMs, this.#limitMs);
    const own = { runId, isCatchup, budget: { ...definition.budget, wallMs, ...budget } };
    pool.dispatch(this.#request(definition, own), {
      started: () => {
        if (isAborted) this.#clock.defer(() => pool.abort(runId, 'stop'));
      },
      rejected: () => {},
      logged: (line) => lines.push(line),
      progressed: () => {},
      reported: reported.resolve,
      released: () => {},
      hostCall: (name, args) => this.#calls.call({ runId, definition }, name, args),
    });
    const report = await reported.promise;
    this.#calls.ended(runId);
    // The worker takes the next task after it was looked over.
    await this.load();
    const { start, finishedAtMonotonicMs } = report;
    const durationMs = start === undefined ? 0 : finishedAtMonotonicMs - start.startedAtMonotonicMs;
    return { report, durationMs, lines, warnings: [...this.#warnings] };
  }

  /** Cleans the plugin up, and ends its worker. Resolves to what went wrong. */
  async close(): Promise<readonly PoolWarning[]> {
    this.#warnings = [];
    await this.#pools.pool.close();
    await this.#calls.close();
    return this.#warnings;
  }

  #request(
    { key, identity, source, declared, recurrence, priority }: ScheduleDefinition,
    own: Pick<RunRequest, 'runId' | 'isCatchup' | 'budget'>,
  ): RunRequest {
    const { runId, isCatchup } = own;
    const nowMs = this.#clock.nowMs();
    const scheduledAtMs = recurrence.previous(nowMs, nowMs - YEAR_MS) ?? nowMs;
    const data = {
      scheduleId: identity.scheduleId,
      scheduledAtMs,
      runCount: this.#runCount,
      isCatchup,
      ...placeOf(identity),
      runId,
      config: declared.config ?? null,
      ...(isCatchup && { missedCount: 1, firstMissedAtMs: scheduledAtMs }),
    };
    return { ...own, key, source, data, priority };
  }

  async #open(): Promise<RunPool> {
    await this.#pools.open([this.#reference]);
    return this.#pools.pool;
  }
}
