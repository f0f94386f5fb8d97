import { timeOfDay } from '../words/instants.ts';
import type { Palette } from './palette.ts';
import { placeOf, seenBetween, type TimeScale } from './span.ts';

const STEPS_MS = [
  5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000, 7_200_000,
  10_800_000, 21_600_000,
];
const LABEL_EVERY_PX = 92;
const HALF_LABEL_PX = 26;
/** Under the word for the present, and beside it. */
const HIDDEN_BY_NOW_PX = 38;
const MINUTE_MS = 60_000;

/** Draws the ticks of the time line with the time of day. */
export function paintAxis(
  context: CanvasRenderingContext2D,
  scale: TimeScale,
  { height, colours, zone, font }: { height: number; colours: Palette; zone: string; font: string },
): void {
  const stepMs = stepFor(scale);
  const [sinceMs, untilMs] = seenBetween(scale.nowMs, scale.spanMs);
  context.clearRect(0, 0, scale.width, height);
  context.font = font;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (let atMs = Math.ceil(sinceMs / stepMs) * stepMs; atMs <= untilMs; atMs += stepMs) {
    const x = placeOf(atMs, scale);
    context.fillStyle = colours['line-strong'];
    context.fillRect(x - 0.5, height - 6, 1, 6);
    const isCut = x < HALF_LABEL_PX || x > scale.width - HALF_LABEL_PX;
    if (isCut || Math.abs(x - placeOf(scale.nowMs, scale)) < HIDDEN_BY_NOW_PX) continue;
    context.fillStyle = colours['ink-2'];
    const text = timeOfDay(atMs, zone);
    context.fillText(stepMs % MINUTE_MS === 0 ? text.slice(0, 5) : text, x, height / 2 - 3);
  }
}

function stepFor({ spanMs, width }: TimeScale): number {
  const wanted = (spanMs / width) * LABEL_EVERY_PX;
  return STEPS_MS.find((step) => step >= wanted) ?? 21_600_000;
}
