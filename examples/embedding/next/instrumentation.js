/** Next calls this once when a server starts, before it answers requests. So jobs run before the first visitor comes. */
export async function register() {
  // Next calls it for the edge runtime as well, which has no threads.
  if (process.env.NEXT_RUNTIME !== 'nodejs') return;
  const { runningScheduler } = await import('./scheduler.mjs');
  const scheduler = await runningScheduler();
  // Next leaves the signals to us, because `npm start` sets NEXT_MANUAL_SIG_HANDLE.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      await scheduler.stop({ drainMs: 5_000 });
      process.exit(0);
    });
  }
}
