/**
 * Looks from time to time for what is stuck for good: a schedule that could fall due and is not queued, or a run that
 * the store thinks is under way and that is not. This takes a fault of ours; the reconciler repairs it and warns. What
 * a node finds when it starts is recovered by `Supervisor.start`.
 */
import type { Claim } from '../../machines/schedule-entries.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { StateStore } from '../ports/store.ts';
import type { Recorder } from '../recording/recorder.ts';
import type { RecoverableEngine } from './recoverable-engine.ts';
import { settleLost } from './recovery.ts';

const INTERVAL_MS = 60_000;
/** A younger claim may still be on its way. */
const MIN_AGE_MS = 60_000;

export interface ReconcilerPorts {
  readonly clock: Clock;
  readonly engine: RecoverableEngine;
  readonly recorder: Recorder;
  readonly store: StateStore;
  /** Whether this node has to settle a claim. */
  readonly isOurs: (claim: Claim) => boolean;
}

export class Reconciler {
  readonly #ports: ReconcilerPorts;
  #cancel: Cancel = () => {};
  #isClosed = false;

  constructor(ports: ReconcilerPorts) {
    this.#ports = ports;
  }

  start(): void {
    this.#cancel = this.#ports.clock.sleep(INTERVAL_MS, () => {
      void this.reconcile().then(() => {
        if (!this.#isClosed) this.start();
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }

  /** Never rejects. */
  async reconcile(): Promise<void> {
    const { engine, recorder } = this.#ports;
    for (const key of await engine.schedules.replanForgotten()) {
      recorder.warn({ code: 'schedule-replanned', message: `Schedule "${key}" was not queued, and is again.`, key });
    }
    for (const claim of await this.#orphans()) {
      const message = `Run ${claim.runId} of "${claim.key}" is over, but its end was not written: its outcome is lost.`;
      recorder.warn({ code: 'run-reconciled', message, key: claim.key, runId: claim.runId });
      await settleLost(claim, {}, { recorder, nowMs: this.#ports.clock.nowMs() });
    }
  }

  async #orphans(): Promise<Claim[]> {
    const { store, clock, isOurs, engine } = this.#ports;
    const oldestMs = clock.nowMs() - MIN_AGE_MS;
    // Failed writes report an unreachable store.
    const claims = await store.openClaims().catch(() => []);
    const live = engine.live.ids();
    return claims.filter((claim) => claim.claimedAtMs < oldestMs && isOurs(claim) && !live.has(claim.runId));
  }
}
