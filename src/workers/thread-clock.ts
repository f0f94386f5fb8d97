/**
 * The clock of pool workers. Nothing else in them reads the time. The functions are taken before a plugin is loaded,
 * because plugins, and above all their fake timers, may change the originals.
 */
const { hrtime } = process;
const { now } = Date;
const threadCpuUsage: typeof process.threadCpuUsage | undefined = process.threadCpuUsage?.bind(process);

/** Monotonic milliseconds with fractions, since an instant that all threads of the process share. */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1_000 + nanoseconds / 1_000_000;
}

/** Wall time in epoch milliseconds. */
export function wallMs(): number {
  return now();
}

/** CPU time that this thread has used, in milliseconds. Undefined before Node 23.9, which cannot measure it. */
export function threadCpuMs(): number | undefined {
  if (threadCpuUsage === undefined) return undefined;
  const { user, system } = threadCpuUsage();
  return (user + system) / 1_000;
}
