/**
 * What a node waits for before its schedules are known and begin: its lock backend, and the clock of the nodes' backend.
 * A node needs them if it has a `require-global` schedule. If all that it declares is `prefer-global` or `node-local`, it
 * waits for its locks only as long as one of its runs would, and starts without.
 */
import { countedApart, missingBackend } from '../locking/backend-warnings.ts';
import { PREFERENCE_LIMIT_MS } from '../locking/locker.ts';
import type { Clock } from '../ports/clock.ts';
import type { LockingPlugin, OpeningLocks } from '../ports/locking.ts';
import { waitAtMost } from '../ports/within.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { ScheduleDefinition } from '../schedules/definition.ts';
import type { ClockWatch } from './clock-watch.ts';

export interface BackendStartParts {
  readonly clock: Clock;
  readonly locking: LockingPlugin | null;
  /** Absent: the lock backend is open. */
  readonly opening?: OpeningLocks;
  readonly isCluster: boolean;
  readonly isStoreShared: boolean;
  readonly clockWatch: Pick<ClockWatch, 'start' | 'listen'>;
  readonly warn: (warning: SchedulerWarning) => void;
}

export class BackendStart {
  readonly #parts: BackendStartParts;
  /** The clock of the backend is known before anything is planned. */
  #hasClock = true;

  constructor(parts: BackendStartParts) {
    this.#parts = parts;
  }

  /** Rejects with a `BackendError` when the clock cannot be read of a backend that is open. */
  async begin(): Promise<void> {
    const { clock, opening, isStoreShared, clockWatch } = this.#parts;
    if (opening !== undefined && !isStoreShared) {
      const isOpen = opening.opened.then(
        () => true,
        () => false,
      );
      this.#hasClock = (await waitAtMost(clock, PREFERENCE_LIMIT_MS, isOpen)) === true;
    }
    if (this.#hasClock) await clockWatch.start();
  }

  /**
   * Call it with all that is declared, before any of it is planned. Rejects with a `BackendError` when a schedule needs
   * the lock backend, and that cannot be used. A node without schedules waits too: those that it gets later may need it.
   */
  async declared(definitions: readonly ScheduleDefinition[]): Promise<void> {
    const { clockWatch, opening } = this.#parts;
    const isNeeded = definitions.length === 0 || definitions.some(({ locking }) => locking === 'require-global');
    if (isNeeded) await opening?.opened;
    if (this.#hasClock) return;
    if (isNeeded) await clockWatch.start();
    else clockWatch.listen();
  }

  /** The schedules have begun: says what an operator should know of the backend, now or once it is open. */
  begun(definitions: readonly ScheduleDefinition[]): void {
    const { locking, opening, isCluster, isStoreShared, warn } = this.#parts;
    const isAgreed = locking !== null || isStoreShared;
    if (isCluster && !isAgreed) for (const warning of missingBackend(definitions)) warn(warning);
    if (locking !== null && !isStoreShared) for (const warning of countedApart(definitions)) warn(warning);
    const warnOfLocks = (): void => {
      for (const { code, message } of locking?.warnings ?? []) warn({ code, message });
    };
    if (opening === undefined) warnOfLocks();
    else void opening.whenOpen.then(warnOfLocks);
  }
}
