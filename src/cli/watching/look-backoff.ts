/** After a failure it waits for twice as many looks as before, because an attempt reads all folders below. */
const MAX_SKIPPED_LOOKS = 30;

/** Counts the looks, about one every second, between attempts to watch what could not be watched. */
export class LookBackoff {
  #failures = 0;
  #skipped = 0;

  fail(): void {
    this.#failures += 1;
  }

  succeed(): void {
    this.#failures = 0;
  }

  /** Whether it is time for an attempt. To be asked at each look. */
  isDue(): boolean {
    this.#skipped += 1;
    if (this.#skipped < Math.min(2 ** this.#failures, MAX_SKIPPED_LOOKS)) return false;
    this.#skipped = 0;
    return true;
  }
}
