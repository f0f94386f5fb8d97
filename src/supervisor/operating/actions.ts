import { BackendError, NotRunningError } from '../../errors.ts';
import type { AuditEntry } from '../../machines/operating/audit.ts';
import { reasonOf } from '../../wire/error-record.ts';
import type { ReloadReport } from '../plugin-reports.ts';
import type { Clock } from '../ports/clock.ts';
import type { Installation } from '../ports/plugin-calls.ts';
import type { StateStore } from '../ports/store.ts';
import { waitAtMost } from '../ports/within.ts';
import type { DrainReport } from '../scheduler-reports.ts';
import type { PluginReference } from '../supervisor-config.ts';
import type { AuditTrail } from './audit-trail.ts';

/** A store settles its calls in bounded time, in ten seconds if it is one of ours; this is for one that does not. */
const STORE_LIMIT_MS = 15_000;

/** The engine, as far as an operator moves it. */
export interface ActedEngine {
  readonly isDraining: boolean;
  trigger(key: string, traceparent?: string): string;
  /** Resolves when the last run of a schedule is recorded; null if nothing is being recorded. */
  whenRecorded(key: string): Promise<void> | null;
  pause(key: string, note?: string): Promise<void>;
  resume(key: string): Promise<void>;
  setPosition(key: string, atMs: number): Promise<void>;
  /** Throws an `UnknownRunError`. Returns the run. */
  abort(runId: string): { readonly definition: { readonly key: string } };
}

export interface ActionParts {
  readonly clock: Clock;
  readonly store: Pick<StateStore, 'name'>;
  readonly audit: AuditTrail;
  /** The engine, if the node is running. Throws a `NotRunningError` that names the operation otherwise. */
  running(operation: string): ActedEngine;
  readonly plugins: {
    install(reference: PluginReference): Promise<readonly string[]>;
    reload(name: string): Promise<{ readonly keys: readonly string[]; readonly report: ReloadReport }>;
    uninstall(name: string, force: boolean): Promise<void>;
  };
  /** What counts for each installation, and forgets those that have gone. */
  readonly counting: {
    readonly counters: readonly { keep(installed: Iterable<Installation>): void }[];
    readonly installed: { all(): Iterable<Installation> };
  };
  drain(timeoutMs: number | null): Promise<DrainReport>;
}

/** Who acts: as the console says it, or `host`. */
interface Actor {
  readonly by: string;
}

type OnSchedule = Actor & { readonly key: string };
type TriggerOrder = OnSchedule & { readonly traceparent?: string };
type Operation = Pick<AuditEntry, 'action' | 'by' | 'key' | 'plugin' | 'runId' | 'note'>;

/**
 * What an operator can do. All of it is kept in the audit trail, and so is what was refused. What waits for a store that
 * does not answer rejects with a `BackendError`, which says what holds until the store answers.
 */
export class OperatorActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Who hears that a run has ended may trigger its schedule at once: it starts when that run is recorded. */
  async triggerWhenRecorded(order: TriggerOrder): Promise<{ readonly runId: string }> {
    const operation: Operation = { action: 'trigger', by: order.by, key: order.key };
    let recorded: Promise<void> | null;
    try {
      recorded = this.#parts.running('trigger a schedule').whenRecorded(order.key);
    } catch (error) {
      return this.#refused(operation, error);
    }
    if (recorded !== null) {
      const written = this.#unlessHung(recorded, `the end of the last run of "${order.key}" is not written yet`);
      await written.catch((error: unknown) => this.#refused(operation, error));
    }
    return this.trigger(order);
  }

  trigger({ key, by, traceparent }: TriggerOrder): { readonly runId: string } {
    const operation: Operation = { action: 'trigger', by, key };
    try {
      const engine = this.#parts.running('trigger a schedule');
      if (engine.isDraining) throw new NotRunningError('trigger a schedule', 'draining');
      const runId = engine.trigger(key, traceparent);
      this.#parts.audit.keep({ ...operation, runId });
      return { runId };
    } catch (error) {
      return this.#refused(operation, error);
    }
  }

  async pause({ key, by, note }: OnSchedule & { readonly note?: string }): Promise<null> {
    const operation: Operation = { action: 'pause', by, key, ...(note !== undefined && { note }) };
    await this.#done(operation, () => {
      const written = this.#parts.running('pause a schedule').pause(key, note);
      return this.#unlessHung(written, 'the schedule is paused on this node, and nobody knows whether that is kept');
    });
    return null;
  }

  async resume({ key, by }: OnSchedule): Promise<null> {
    await this.#done({ action: 'resume', by, key }, () => {
      const written = this.#parts.running('resume a schedule').resume(key);
      return this.#unlessHung(written, 'the schedule is resumed on this node, and nobody knows whether that is kept');
    });
    return null;
  }

  async setPosition({ key, by, atMs }: OnSchedule & { readonly atMs: number }): Promise<null> {
    const operation: Operation = { action: 'set-position', by, key, note: new Date(atMs).toISOString() };
    const { running } = this.#parts;
    await this.#done(operation, () => {
      const written = running('set the position of a schedule').setPosition(key, atMs);
      return this.#unlessHung(written, 'nobody knows whether the new position is kept');
    });
    return null;
  }

  async abort({ runId, by }: Actor & { readonly runId: string }): Promise<null> {
    const operation: Operation = { action: 'abort', by, runId };
    try {
      const { key } = this.#parts.running('abort a run').abort(runId).definition;
      this.#parts.audit.keep({ ...operation, key });
      return null;
    } catch (error) {
      return this.#refused(operation, error);
    }
  }

  async install(reference: PluginReference, { by }: Actor): Promise<{ readonly keys: readonly string[] }> {
    const keys = await this.#done({ action: 'install', by, plugin: reference.module }, () => {
      this.#parts.running('install a plugin');
      return this.#parts.plugins.install(reference);
    });
    return { keys };
  }

  /** Loads the plugin's module anew. When the new version is refused the old one goes on. */
  reload({ name, by }: Actor & { readonly name: string }): ReturnType<ActionParts['plugins']['reload']> {
    return this.#done({ action: 'reload', by, plugin: name }, () => {
      this.#parts.running('reload a plugin');
      return this.#parts.plugins.reload(name);
    });
  }

  async uninstall({
    name,
    force = false,
    by,
  }: Actor & { readonly name: string; readonly force?: boolean }): Promise<null> {
    await this.#done({ action: 'uninstall', by, plugin: name }, async () => {
      this.#parts.running('uninstall a plugin');
      await this.#parts.plugins.uninstall(name, force);
      const { counters, installed } = this.#parts.counting;
      for (const counter of counters) counter.keep(installed.all());
    });
    return null;
  }

  drain({ by, timeoutMs }: Actor & { readonly timeoutMs: number | null }): Promise<DrainReport> {
    const { audit, drain, running } = this.#parts;
    try {
      running('drain');
      audit.keep({ action: 'drain', by });
    } catch (error) {
      return this.#refused({ action: 'drain', by }, error);
    }
    return drain(timeoutMs);
  }

  /** Waits for the store. What was asked of it goes on after the limit. */
  async #unlessHung(written: Promise<void>, meanwhile: string): Promise<void> {
    const { clock, store } = this.#parts;
    const isWritten = await waitAtMost(
      clock,
      STORE_LIMIT_MS,
      written.then(() => true),
    );
    if (isWritten === true) return;
    throw new BackendError(store.name, `it has not answered for ${STORE_LIMIT_MS / 1_000} s, so ${meanwhile}`);
  }

  async #done<T>(operation: Operation, act: () => Promise<T>): Promise<T> {
    try {
      const answer = await act();
      this.#parts.audit.keep(operation);
      return answer;
    } catch (error) {
      return this.#refused(operation, error);
    }
  }

  #refused(operation: Operation, error: unknown): never {
    this.#parts.audit.keep({ ...operation, refusal: reasonOf(error) });
    throw error;
  }
}
