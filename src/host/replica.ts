import { TransientMap } from '../machines/collections/transient-map.ts';
import type { StoreEntry } from '../machines/ledger/entries.ts';
import { IntroductionLog, type Introductions } from '../machines/ledger/introductions.ts';
import { Ledger, type LedgerOptions } from '../machines/ledger/ledger.ts';
import type { SupervisorEvent } from '../supervisor/protocol.ts';
import type { StoppedRun } from '../supervisor/scheduler-reports.ts';
import type { PluginReference, Takeover } from '../supervisor/supervisor-config.ts';

/**
 * What the host knows of the supervisor, and so what survives the supervisor's thread: the ledger of a memory store, the
 * plugins that are installed, when schedules began, and the runs that are under way.
 */
export class Replica {
  readonly #ledger: Ledger;
  /** The schedules that are not in the ledger, because nothing has happened to them yet. */
  readonly #introduced: IntroductionLog;
  readonly #live = new TransientMap<string, StoppedRun>();
  /** When the present starts of schedules fall or fell due that run once after each. */
  readonly #starts = new Map<string, number>();
  #plugins: readonly PluginReference[];
  #restartCount = 0;
  /** The supervisor was asked to drain. */
  isDraining = false;

  constructor(plugins: readonly PluginReference[], options: LedgerOptions = {}) {
    this.#ledger = new Ledger(undefined, options);
    this.#introduced = new IntroductionLog(options.maxRecords);
    this.#plugins = plugins;
  }

  apply(event: SupervisorEvent): void {
    if (event.type === 'ledger') this.#keep(event.event);
    else if (event.type === 'plugins') this.#plugins = event.event;
    else if (event.type === 'begun') this.#begun(event.event);
    else if (event.type === 'run') this.#live.delete(event.event.runId);
    else if (event.type === 'run-start') {
      const { runId, key } = event.event;
      this.#live.set(runId, { runId, key });
    }
  }

  /** The runs whose `run()` was called and that have not ended, as far as the host has heard. */
  liveRuns(): StoppedRun[] {
    return [...this.#live.values()];
  }

  /** What the next supervisor thread continues from. The runs of the dead one are over: it settles them as lost. */
  takeover(): Takeover {
    this.#live.clear();
    const ledger = { ...this.#ledger.snapshot(), introduced: this.#introduced.snapshot() };
    this.#restartCount += 1;
    const starts = new Map(this.#starts);
    return { ledger, plugins: this.#plugins, starts, isDraining: this.isDraining, restartCount: this.#restartCount };
  }

  #begun({ key, startMs }: Extract<SupervisorEvent, { type: 'begun' }>['event']): void {
    if (startMs === null) this.#starts.delete(key);
    else this.#starts.set(key, startMs);
  }

  #keep(entry: StoreEntry | Introductions): void {
    if (entry.kind === 'introductions') {
      for (const registration of this.#introduced.add(entry)) this.#ledger.apply({ kind: 'registered', registration });
      return;
    }
    this.#ledger.apply(entry);
    if (entry.kind === 'forgotten') this.#introduced.forget(entry.key);
  }
}
