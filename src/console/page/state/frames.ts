/** One animation loop for the whole page; it rests while nobody wants frames, and the browser stops it when hidden. */
import { adjustClock, serverNow } from '../server/server-clock.ts';
import { createStore } from './store.ts';

const painters = new Set<(nowMs: number) => void>();
let isRunning = false;

/** The current second by the scheduler's clock, epoch milliseconds: what shows a time of day or a distance follows it. */
export const second = createStore(wholeSecond(serverNow()));

/** Calls `paint` with the scheduler's time before each frame. Returns how to end it. */
export function onFrame(paint: (nowMs: number) => void): () => void {
  painters.add(paint);
  start();
  return () => painters.delete(paint);
}

/** Lets `second` follow the clock. */
export function keepSeconds(): void {
  onFrame((nowMs) => second.set(wholeSecond(nowMs)));
}

function start(): void {
  if (isRunning) return;
  isRunning = true;
  requestAnimationFrame(frame);
}

function frame(): void {
  adjustClock();
  const nowMs = serverNow();
  for (const paint of [...painters]) paint(nowMs);
  if (painters.size > 0) requestAnimationFrame(frame);
  else isRunning = false;
}

function wholeSecond(ms: number): number {
  return Math.floor(ms / 1_000) * 1_000;
}
