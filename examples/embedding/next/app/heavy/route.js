/** A request after which nobody is answered for two seconds. The schedules run on. */
export const dynamic = 'force-dynamic';

export function GET() {
  const fromMs = Date.now();
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
  return Response.json({ fromMs, toMs: Date.now() });
}
