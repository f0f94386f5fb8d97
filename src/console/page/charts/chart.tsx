import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { watchColours } from '../state/theme.ts';
import { type Palette, palette } from '../time-line/palette.ts';

interface ChartProps {
  /** What it shows, for those who cannot see it. */
  readonly label: string;
  readonly data: uPlot.AlignedData;
  readonly height: number;
  readonly options: (colours: Palette) => Pick<uPlot.Options, 'series' | 'axes' | 'scales' | 'bands'>;
  /** The index of the value that is pointed at, or null. */
  readonly onPoint: (index: number | null) => void;
  readonly onPick?: (index: number) => void;
}

/** Charts of the same page point at the same run. */
const SYNC = uPlot.sync('runs');

/** A chart as wide as its place, in the page's colours. */
export function Chart({ label, data, height, options, onPoint, onPick }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef({ data, options, onPoint, onPick });
  latest.current = { data, options, onPoint, onPick };
  useEffect(() => {
    const element = place.current;
    if (element === null) return undefined;
    const draw = (): void => {
      plot.current?.destroy();
      const size = { width: element.clientWidth, height };
      const hooks = { setCursor: [({ cursor }: uPlot) => latest.current.onPoint(cursor.idx ?? null)] };
      const cursor = { sync: { key: SYNC.key }, y: false, points: { show: false }, drag: { x: false, y: false } };
      const all = {
        ...size,
        hooks,
        cursor,
        legend: { show: false },
        padding: [8, 8, 0, 0] as uPlot.Padding,
        ...latest.current.options(palette()),
      };
      plot.current = new uPlot(all, latest.current.data, element);
    };
    draw();
    const resizing = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resizing.observe(element);
    const deafen = watchColours(draw);
    return () => {
      resizing.disconnect();
      deafen();
      plot.current?.destroy();
      plot.current = null;
    };
  }, [height]);
  useEffect(() => plot.current?.setData(data), [data]);
  const pick = (): void => {
    const index = plot.current?.cursor.idx;
    if (typeof index === 'number') latest.current.onPick?.(index);
  };
  // The table of runs beside it says the same, and more, to keyboards and screen readers.
  return (
    <figure class="chart" aria-label={label}>
      <div ref={place} aria-hidden="true" onClick={pick} />
    </figure>
  );
}
