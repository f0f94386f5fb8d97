/** Restarts within one window. */
export const MAX_RESTARTS = 5;
/** Length of the window in milliseconds. */
export const RESTART_WINDOW_MS = 60_000;

/**
 * Decides whether a supervisor that died is started again. One that keeps dying is not helped by another restart: after
 * more than `MAX_RESTARTS` deaths in one window the scheduler ends with an error instead.
 */
export class RestartIntensity {
  #deathsAtMs: readonly number[] = [];

  /** Counts a death at a monotonic instant, and says whether a restart is still allowed. */
  allowsRestart(diedAtMs: number): boolean {
    const recent = this.#deathsAtMs.filter((atMs) => diedAtMs - atMs <= RESTART_WINDOW_MS);
    this.#deathsAtMs = [...recent, diedAtMs];
    return this.#deathsAtMs.length <= MAX_RESTARTS;
  }
}
