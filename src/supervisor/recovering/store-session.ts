/**
 * This node's session with its store: what the store knew when it was opened, what becomes of runs that were never
 * finished, and the questions about the past.
 */
import { BackendError } from '../../errors.ts';
import { loadZones } from '../../machines/calendar/time-zone.ts';
import { explain } from '../../machines/explaining/explain.ts';
import type { Explanation } from '../../machines/explaining/explanation.ts';
import type { HistoryQuery, HistoryRecord } from '../../machines/history.ts';
import { installationOf } from '../../machines/run.ts';
import type { Claim, ScheduleEntry } from '../../machines/schedule-entries.ts';
import type { LifeEvent } from '../../machines/schedule-life.ts';
import { fold, type ScheduleState } from '../../machines/schedule-state.ts';
import { type RowKind, usableRows } from '../../machines/stored-rows/read-rows.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { Cluster } from '../cluster/cluster.ts';
import type { Clock } from '../ports/clock.ts';
import { Slicer } from '../ports/slicer.ts';
import type { NewHistory, StateStore } from '../ports/store.ts';
import type { Recorder } from '../recording/recorder.ts';
import { learn } from '../schedules/live-schedule.ts';
import type { SupervisorConfig } from '../supervisor-config.ts';
import type { RecoverableEngine } from './recoverable-engine.ts';
import { settleAgain, settleLost } from './recovery.ts';

export interface StoreSessionPorts {
  readonly clock: Clock;
  readonly store: StateStore;
  readonly engine: RecoverableEngine;
  readonly recorder: Recorder;
  readonly cluster: Cluster;
}

/** How many states are checked before the clock is read again. */
const CHECKED_AT_ONCE = 256;

export class StoreSession {
  readonly #config: SupervisorConfig;
  readonly #ports: StoreSessionPorts;
  #openClaims: readonly Claim[] = [];

  constructor(config: SupervisorConfig, ports: StoreSessionPorts) {
    this.#config = config;
    this.#ports = ports;
  }

  /** Rejects with a `BackendError`. */
  async open(): Promise<void> {
    const { store, clock, engine, recorder } = this.#ports;
    const { nodeId, incarnationId } = this.#config;
    try {
      const stored = await store.open(
        { nodeId, incarnationId, atMs: clock.nowMs() },
        {
          warned: (warning) => recorder.warn(warning),
          lacksState: () => engine.schedules.registerAll(),
          changed: (states) => engine.shared.observe(this.#usable('schedules', states)),
          conflicted: () => recorder.conflicted(),
          historyChanged: ({ schedules, forgottenRunIds, ownClaims }) =>
            this.#historyChanged({
              schedules: this.#usable('schedules', schedules),
              forgottenRunIds,
              ownClaims: this.#usable('claims', ownClaims),
            }),
          trusted: (untilMs) => engine.nodeLease.extend(untilMs),
          roster: (nodeIds, reading) => this.#ports.cluster.observed(nodeIds, reading),
          clock: (reading) => this.#ports.cluster.measured(reading),
          orphaned: (claims) => void this.#settleOrphans(this.#usable('claims', claims)),
        },
      );
      await this.#takeUp(stored?.schedules);
      this.#openClaims = this.#usable('claims', stored?.openClaims);
    } catch (error) {
      this.#unusable(error);
    }
  }

  /** What the store knows of a schedule that this node does not have. The caller adds it, so it is known only once. */
  take(key: string): ScheduleState | undefined {
    const { absent } = this.#ports.engine;
    const known = absent.get(key);
    absent.delete(key);
    return known;
  }

  /**
   * Forgets the schedules of an installation that is not wanted any more, and that no plugin has declared. Those of a
   * store that nodes share go on without this node.
   */
  forgetOf(installation: string): void {
    const { clock, recorder, engine, store } = this.#ports;
    if (store.isShared === true) return;
    const atMs = clock.nowMs();
    for (const key of [...engine.absent.keys()].filter((each) => installationOf(each) === installation)) {
      engine.absent.delete(key);
      if (!this.#haveOthers) void recorder.write({ kind: 'forgotten', key, atMs });
    }
  }

  /** Forgets the schedules that no plugin declares any more. */
  async forgetRest(): Promise<void> {
    if (this.#haveOthers) return;
    const { clock, recorder, engine } = this.#ports;
    const atMs = clock.nowMs();
    const slicer = new Slicer(clock);
    for (const key of engine.absent.keys()) {
      engine.absent.delete(key);
      void recorder.write({ kind: 'forgotten', key, atMs });
      if (slicer.step()) await slicer.pause();
    }
  }

  /**
   * Settles the runs that an earlier supervisor did not finish. Call it when schedules are added and not yet planned.
   */
  async recover(): Promise<void> {
    await this.#settle(this.#openClaims);
    this.#openClaims = [];
  }

  /** Rejects with a `BackendError` while the store cannot be read. */
  history(query: HistoryQuery): Promise<readonly HistoryRecord[]> {
    return this.#ports.store.history(query).catch((error: unknown) => this.#unusable(error));
  }

  /**
   * Rejects with an `UnknownScheduleError` for a key that was never known, and with a `BackendError` like `history`.
   */
  async explain(key: string, atMs: number): Promise<Explanation> {
    const { clock, store, engine, recorder } = this.#ports;
    const nowMs = clock.nowMs();
    await recorder.beat(nowMs);
    const facts = await store.facts(key, atMs).catch((error: unknown) => this.#unusable(error));
    if (facts.life.length === 0) engine.schedules.get(key);
    await loadZones([facts.state, ...facts.life].flatMap((known) => known?.declared?.timezone ?? []));
    return explain(facts, { key, atMs, nowMs });
  }

  /**
   * The events in a schedule's life, newest first. Rejects with an `UnknownScheduleError` for a key that was never known,
   * and with a `BackendError` like `history`.
   */
  async life(key: string): Promise<readonly LifeEvent[]> {
    const { clock, store, engine } = this.#ports;
    const { life } = await store.facts(key, clock.nowMs()).catch((error: unknown) => this.#unusable(error));
    if (life.length === 0) engine.schedules.get(key);
    return life;
  }

  /** Whether other nodes may have schedules that this one does not have. */
  get #haveOthers(): boolean {
    return this.#config.isCluster || this.#ports.store.isShared === true;
  }

  #historyChanged(history: NewHistory): void {
    const { engine, recorder, clock } = this.#ports;
    const live = engine.live.ids();
    const ended = history.ownClaims.filter(({ runId }) => !live.has(runId));
    for (const claim of ended) {
      const record = engine.schedules.find(claim.key)?.state.lastRun;
      settleAgain(claim, record, { recorder, nowMs: clock.nowMs() });
    }
    engine.historyChanged(history);
  }

  /** Settles the runs of nodes that are gone, while this one runs. A run that is owed then falls due at once. */
  async #settleOrphans(claims: readonly Claim[]): Promise<void> {
    const { engine } = this.#ports;
    await this.#settle(claims);
    for (const { key } of claims) engine.schedules.planIfQueued(key);
  }

  async #settle(claims: readonly Claim[]): Promise<void> {
    const { clock, engine, recorder } = this.#ports;
    const nowMs = clock.nowMs();
    for (const claim of claims) {
      const { key } = claim;
      const schedule = engine.schedules.find(key);
      const settled = await settleLost(claim, { schedule, known: engine.absent.get(key) }, { recorder, nowMs });
      if (schedule === undefined && settled !== null) this.#learn(key, { kind: 'settled', settled });
    }
  }

  /** A run of a schedule was settled that this node did not have. It may have come meanwhile. */
  #learn(key: string, entry: ScheduleEntry): void {
    const { absent, schedules } = this.#ports.engine;
    const schedule = schedules.find(key);
    if (schedule !== undefined) learn(schedule, entry);
    const state = fold(absent.get(key), entry);
    if (state !== undefined) absent.set(key, state);
  }

  /** In slices, because a store may know a million schedules. Another node may change one meanwhile. */
  async #takeUp(states: readonly ScheduleState[] | undefined): Promise<void> {
    const { clock, engine } = this.#ports;
    const slicer = new Slicer(clock);
    const list = listed(states);
    for (let from = 0; from < list.length; from += CHECKED_AT_ONCE) {
      const some = this.#usable('schedules', list.slice(from, from + CHECKED_AT_ONCE));
      for (const state of some) if (!engine.absent.has(state.key)) engine.absent.set(state.key, state);
      await slicer.pause();
    }
  }

  /** What a store of anybody's says is checked before schedules are planned by it. */
  #usable<T>(kind: RowKind, rows: readonly T[] | undefined): readonly T[] {
    const { store, recorder } = this.#ports;
    return usableRows<T>(kind, listed(rows), ({ key, problem }) => {
      const message = `Store "${store.name}" has a row of ${kind} for "${key}" that ${problem}: it is passed over, and everything else goes on.`;
      recorder.warn({ code: 'store-row-refused', message, ...(key !== '' && { key }) });
    });
  }

  #unusable(error: unknown): never {
    throw new BackendError(this.#ports.store.name, reasonOf(error).replace(/\.$/, ''), { cause: error });
  }
}

function listed<T>(rows: readonly T[] | undefined): readonly T[] {
  if (!Array.isArray(rows)) throw new Error('what it knows must be { schedules, openClaims }, which are lists');
  return rows;
}
