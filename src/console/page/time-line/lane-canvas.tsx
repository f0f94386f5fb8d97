import { useRef, useState } from 'preact/hooks';
import type { LaneRun } from '../../../supervisor/operator-reports.ts';
import { OutcomeMark } from '../parts/outcome-mark.tsx';
import { goTo, runAddress } from '../state/route.ts';
import { useZone } from '../state/zone.ts';
import { dateAndTime } from '../words/instants.ts';
import { latenessText, tookText } from '../words/run-times.ts';
import type { LaneBook } from './lane-book.ts';
import { paintLane, runAt } from './lane-painter.ts';
import { MovingCanvas } from './moving-canvas.tsx';
import { palette } from './palette.ts';
import { placeOf, type TimeScale } from './span.ts';

interface LaneCanvasProps {
  readonly laneKey: string;
  readonly book: LaneBook;
  readonly height: number;
  readonly zone: string | null;
}

interface Pointed {
  readonly run: LaneRun;
  readonly x: number;
}

/** The lane of a schedule. A mark says what it is when it is pointed at, and opens its run when it is picked. */
export function LaneCanvas({ laneKey, book, height, zone }: LaneCanvasProps) {
  const [pointed, setPointed] = useState<Pointed | null>(null);
  const latest = useRef<Pointed | null>(null);
  const point = (at: { x: number; y: number; scale: TimeScale } | null): void => {
    const lane = book.get(laneKey);
    const run = at === null || lane === undefined ? null : runAt(lane, at.scale, height, at.x, at.y);
    if (run?.runId === latest.current?.run.runId) return;
    latest.current = run === null || at === null ? null : { run, x: placeOf(run.startedAtMs, at.scale) };
    setPointed(latest.current);
  };
  return (
    <div class={pointed === null ? 'lane-picture' : 'lane-picture pointing'}>
      <MovingCanvas
        kind="lane-canvas"
        height={height}
        version={() => book.get(laneKey)}
        paint={(context, scale) => paintLane(context, book.get(laneKey) ?? null, scale, { height, colours: palette() })}
        onPoint={point}
        onPick={() => latest.current !== null && goTo(runAddress(latest.current.run.runId))}
      />
      {pointed !== null && <MarkTip {...pointed} zone={zone} />}
    </div>
  );
}

function MarkTip({ run, x, zone }: Pointed & { readonly zone: string | null }) {
  const shownZone = useZone(zone);
  return (
    <div class="mark-tip" style={{ left: `${x}px` }}>
      <OutcomeMark outcome={run.outcome} />
      <span>{dateAndTime(run.scheduledAtMs, shownZone)}</span>
      {run.threadId !== undefined && (
        <span>
          late by {latenessText(run)}, took {tookText(run)}
        </span>
      )}
    </div>
  );
}
