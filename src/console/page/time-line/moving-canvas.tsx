import { useEffect, useRef } from 'preact/hooks';
import { onFrame } from '../state/frames.ts';
import { palette } from './palette.ts';
import { SPANS, span, type TimeScale } from './span.ts';

/** A shift of less than this, in pixels of the screen, is not worth a new picture. */
const VISIBLE_SHIFT = 0.12;
/** For people who want no motion. */
const STILL_MS = 1_000;

interface MovingCanvasProps {
  readonly kind: string;
  readonly height: number;
  readonly paint: (context: CanvasRenderingContext2D, scale: TimeScale) => void;
  /** What the picture is made of beside the time: another value means another picture. */
  readonly version: () => unknown;
  readonly onPoint?: (point: { readonly x: number; readonly y: number; readonly scale: TimeScale } | null) => void;
  readonly onPick?: () => void;
}

/** A picture that moves with the scheduler's clock. It is painted anew only when that can be seen. */
export function MovingCanvas(props: MovingCanvasProps) {
  const { kind, height } = props;
  const element = useRef<HTMLCanvasElement>(null);
  const latest = useRef(props);
  latest.current = props;
  useEffect(() => {
    if (element.current === null) return undefined;
    const scale = { current: { nowMs: 0, spanMs: 1, width: 1 } };
    const stop = animate(element.current, height, latest, scale);
    const ignore = hearPointer(element.current, latest, scale);
    return () => {
      stop();
      ignore();
    };
  }, [height]);
  return <canvas ref={element} class={kind} />;
}

interface Latest {
  readonly current: MovingCanvasProps;
}

/** What can be pointed at is also a link elsewhere on the page: the mouse is a shortcut. */
function hearPointer(canvas: HTMLCanvasElement, latest: Latest, scale: { readonly current: TimeScale }): () => void {
  const moved = ({ offsetX, offsetY }: MouseEvent): void =>
    latest.current.onPoint?.({ x: offsetX, y: offsetY, scale: scale.current });
  const left = (): void => latest.current.onPoint?.(null);
  const picked = (event: MouseEvent): void => {
    moved(event);
    latest.current.onPick?.();
  };
  canvas.addEventListener('mousemove', moved);
  canvas.addEventListener('mouseleave', left);
  canvas.addEventListener('click', picked);
  return () => {
    canvas.removeEventListener('mousemove', moved);
    canvas.removeEventListener('mouseleave', left);
    canvas.removeEventListener('click', picked);
  };
}

function animate(canvas: HTMLCanvasElement, height: number, latest: Latest, kept: { current: TimeScale }): () => void {
  const context = canvas.getContext('2d');
  if (context === null) return () => {};
  const isStill = matchMedia('(prefers-reduced-motion: reduce)');
  let drawn: { readonly scale: TimeScale; readonly version: unknown; readonly colours: unknown } | null = null;
  const resizing = new ResizeObserver(() => {
    resize(canvas, context, height);
    drawn = null;
  });
  resizing.observe(canvas);
  const stop = onFrame((nowMs) => {
    const width = canvas.clientWidth;
    if (width === 0) return;
    const scale = { nowMs, spanMs: SPANS[span.get()], width };
    const picture = { scale, version: latest.current.version(), colours: palette() };
    if (drawn !== null && isSame(drawn, picture) && !isShifted(drawn.scale, scale, isStill.matches)) return;
    drawn = picture;
    kept.current = scale;
    latest.current.paint(context, scale);
  });
  return () => {
    resizing.disconnect();
    stop();
  };
}

function isSame(one: { version: unknown; colours: unknown }, other: { version: unknown; colours: unknown }): boolean {
  return one.version === other.version && one.colours === other.colours;
}

function isShifted(drawn: TimeScale, wanted: TimeScale, isStill: boolean): boolean {
  if (drawn.spanMs !== wanted.spanMs || drawn.width !== wanted.width) return true;
  const passedMs = Math.abs(wanted.nowMs - drawn.nowMs);
  if (isStill) return passedMs >= STILL_MS;
  return (passedMs / wanted.spanMs) * wanted.width * devicePixelRatio >= VISIBLE_SHIFT;
}

function resize(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, height: number): void {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(height * devicePixelRatio);
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
}
