/**
 * Draws one lane: a line on which everything would be if it were on time. What started late hangs below it, the deeper
 * the later; a run's length is a bar that begins at its mark. A run that nobody saw begin is a mark without a bar.
 */
import type { Lane, LaneRun } from '../../../supervisor/operator-reports.ts';
import { OUTCOME_LOOKS } from '../words/outcomes.ts';
import { barEndMs } from '../words/run-times.ts';
import type { Palette } from './palette.ts';
import { drawShape } from './shapes.ts';
import { NOW_AT, placeOf, type TimeScale } from './span.ts';

/** How many runs, and how many occurrences, a lane shows at most. */
export const MOST_MARKS = 60;

const LINE_AT = 11;
const LOWEST_ABOVE_EDGE = 8;
const MARK_RADIUS = 4;
const SMALLEST_RADIUS = 2.25;
const RING_RADIUS = 2.75;
const GRAB_RADIUS = 9;
/** Lateness that hangs as deep as a lane is; on the way there the scale is logarithmic, from a hundredth of this. */
const DEEPEST_MS = 10_000;
const SCALE_BEGINS_MS = 10;

/** How far below the line a run hangs, from 0 to 1. */
export function depthOf(latenessMs: number): number {
  const late = Math.max(0, latenessMs);
  return Math.min(1, Math.log10(1 + late / SCALE_BEGINS_MS) / Math.log10(1 + DEEPEST_MS / SCALE_BEGINS_MS));
}

function heightOf(latenessMs: number, height: number): number {
  return LINE_AT + depthOf(latenessMs) * (height - LINE_AT - LOWEST_ABOVE_EDGE);
}

export function paintLane(
  context: CanvasRenderingContext2D,
  lane: Lane | null,
  scale: TimeScale,
  { height, colours }: { readonly height: number; readonly colours: Palette },
): void {
  context.clearRect(0, 0, scale.width, height);
  context.fillStyle = colours['line-strong'];
  context.fillRect(0, LINE_AT - 0.5, scale.width, 1);
  if (lane === null) return;
  paintUpcoming(context, lane, scale, colours);
  paintOmitted(context, lane, scale, colours);
  const starts = lane.runs.map(({ startedAtMs }) => startedAtMs);
  const radius = Math.max(SMALLEST_RADIUS, radiusFor(starts, scale, MARK_RADIUS));
  for (const run of lane.runs) paintRun(context, run, scale, { height, colours, radius });
  paintLive(context, lane, scale, { height, colours });
}

function paintUpcoming(context: CanvasRenderingContext2D, lane: Lane, scale: TimeScale, colours: Palette): void {
  context.strokeStyle = colours['ink-3'];
  context.fillStyle = colours.surface;
  context.lineWidth = 1.25;
  const radius = radiusFor(lane.upcoming, scale, RING_RADIUS);
  for (const atMs of lane.upcoming) {
    if (atMs <= scale.nowMs) continue;
    const x = placeOf(atMs, scale);
    if (radius < 1.5) {
      context.fillStyle = colours['ink-3'];
      context.fillRect(x - 0.5, LINE_AT - 3, 1, 6);
      continue;
    }
    context.beginPath();
    context.arc(x, LINE_AT, radius, 0, 2 * Math.PI);
    context.fill();
    context.stroke();
  }
}

/** A lane that is answered up to its limit goes on where its marks end: a band says so. */
function paintOmitted(context: CanvasRenderingContext2D, lane: Lane, scale: TimeScale, colours: Palette): void {
  const [oldest, latest] = [lane.runs.at(0), lane.upcoming.at(-1)];
  context.fillStyle = colours['line-strong'];
  if (oldest !== undefined && lane.runs.length >= MOST_MARKS) {
    context.fillRect(0, LINE_AT - 2, placeOf(oldest.startedAtMs, scale) - MARK_RADIUS, 4);
  }
  if (latest !== undefined && lane.upcoming.length >= MOST_MARKS) {
    const from = placeOf(latest, scale) + RING_RADIUS;
    context.fillRect(from, LINE_AT - 2, Math.max(0, scale.width - from), 4);
  }
}

/** Marks that stand close together are smaller, down to a tick. */
function radiusFor(instants: readonly number[], { spanMs, width }: TimeScale, largest: number): number {
  const [first, last] = [instants.at(0), instants.at(-1)];
  if (first === undefined || last === undefined || instants.length < 2) return largest;
  const apart = (((last - first) / (instants.length - 1)) * width) / spanMs;
  return Math.min(largest, Math.max(1, apart / 2 - 1.25));
}

interface Canvas {
  readonly height: number;
  readonly colours: Palette;
}

function paintRun(
  context: CanvasRenderingContext2D,
  run: LaneRun,
  scale: TimeScale,
  { height, colours, radius }: Canvas & { readonly radius: number },
): void {
  const x = placeOf(run.startedAtMs, scale);
  const end = placeOf(barEndMs(run), scale);
  if (end < -10 || x > scale.width + 10) return;
  const y = heightOf(run.lateness.totalMs, height);
  const { tone, shape } = OUTCOME_LOOKS[run.outcome];
  context.fillStyle = colours[tone];
  context.strokeStyle = colours[tone];
  hang(context, x, y);
  context.globalAlpha = 0.45;
  if (end - x > radius) context.fillRect(x, y - 1.5, end - x, 3);
  context.globalAlpha = 1;
  drawShape(context, shape, x, y, radius);
}

function hang(context: CanvasRenderingContext2D, x: number, y: number): void {
  if (y - LINE_AT < 2) return;
  context.globalAlpha = 0.35;
  context.fillRect(x - 0.5, LINE_AT, 1, y - LINE_AT);
  context.globalAlpha = 1;
}

function paintLive(context: CanvasRenderingContext2D, { live }: Lane, scale: TimeScale, canvas: Canvas): void {
  if (live === null) return;
  const { height, colours } = canvas;
  const now = scale.width * NOW_AT;
  const x = placeOf(live.startedAtMs ?? live.dueAtMs, scale);
  const y = heightOf((live.startedAtMs ?? scale.nowMs) - live.dueAtMs, height);
  context.fillStyle = colours.accent;
  context.strokeStyle = colours.accent;
  hang(context, x, y);
  if (live.startedAtMs === null) {
    drawShape(context, 'ring', x, y, MARK_RADIUS + 1);
    return;
  }
  context.fillRect(x, y - 1.5, Math.max(0, now - x), 3);
  drawShape(context, 'disc', x, y, MARK_RADIUS);
  drawShape(context, 'disc', now, y, 2.5);
}

/** The run whose mark or bar is under a point, the newest first. */
export function runAt(lane: Lane, scale: TimeScale, height: number, x: number, y: number): LaneRun | null {
  const near = (run: LaneRun): boolean => {
    const start = placeOf(run.startedAtMs, scale) - GRAB_RADIUS;
    const end = Math.max(placeOf(barEndMs(run), scale), start + 2 * GRAB_RADIUS);
    return x >= start && x <= end && Math.abs(y - heightOf(run.lateness.totalMs, height)) <= GRAB_RADIUS + 3;
  };
  return lane.runs.findLast(near) ?? null;
}
