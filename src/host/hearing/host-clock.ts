/** The clock of what the host counts by itself. Its sleeps do not keep the host's process alive. */
import type { CountingClock } from '../../wire/failures/counted-notice.ts';

export const HOST_CLOCK: CountingClock = {
  monotonicMs: () => performance.now(),
  sleep: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
