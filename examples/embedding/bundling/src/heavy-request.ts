/** Keeps the thread for two seconds, as a synchronous computation does. */
export function heavyRequest(): { readonly fromMs: number; readonly toMs: number } {
  const fromMs = Date.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  return { fromMs, toMs: Date.now() };
}
