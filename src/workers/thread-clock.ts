/** The clock of pool threads. Nothing else in them reads the time. */

/** Monotonic milliseconds with fractions, since an instant that all threads of the process share. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** Wall time in epoch milliseconds. */
export function wallMs(): number {
  return Date.now();
}

/** CPU time that this thread has used, in milliseconds. Undefined before Node 23.9, which cannot measure it. */
export function threadCpuMs(): number | undefined {
  if (typeof process.threadCpuUsage !== 'function') return undefined;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}
