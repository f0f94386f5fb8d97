/**
 * A picture of distributions. Each line shows which share of the values is at or below x, on a logarithmic axis. The
 * colours are readable on light and dark backgrounds, and the legend names every line.
 */
import { element, escaped } from './svg.ts';

/** One line of the picture. */
export interface CdfLine {
  readonly name: string;
  readonly values: readonly number[];
  readonly color: string;
  readonly isDashed: boolean;
}

/** What the chart shows. Values below `minX` are drawn at `minX`. */
export interface CdfChart {
  readonly title: string;
  /** Up to two lines. */
  readonly subtitles: readonly string[];
  readonly xLabel: string;
  readonly minX: number;
  readonly maxX: number;
  readonly lines: readonly CdfLine[];
}

const WIDTH = 760;
const HEIGHT = 450;
const PLOT = { left: 64, right: WIDTH - 24, top: 124, bottom: HEIGHT - 56 };
const INK = '#7a8391';
const FONT = 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif';
const LEGEND_Y = 97;
const LEGEND_STEP = 180;

/** Draws the chart as SVG. */
export function cdfChart(chart: CdfChart): string {
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    'font-family': FONT,
    'font-size': 13,
    fill: INK,
    role: 'img',
  };
  return `${element('svg', root, heading(chart), ...verticalAxis(), ...horizontalAxis(chart), ...chart.lines.map((line, index) => drawn(line, index, chart)))}\n`;
}

function heading({ title, subtitles }: CdfChart): string {
  return [
    element('title', {}, escaped(title)),
    element('text', { x: 24, y: 30, 'font-size': 17, 'font-weight': 600 }, escaped(title)),
    ...subtitles.map((line, index) => element('text', { x: 24, y: 52 + 18 * index }, escaped(line))),
  ].join('');
}

function verticalAxis(): string[] {
  return [0, 25, 50, 75, 90, 99].map((percent) => {
    const y = yOf(percent / 100);
    const label = element('text', { x: PLOT.left - 8, y: y + 4, 'text-anchor': 'end' }, `${percent} %`);
    return grid(PLOT.left, y, { x2: PLOT.right, y2: y }) + label;
  });
}

function horizontalAxis(chart: CdfChart): string[] {
  const ticks: string[] = [];
  for (let x = chart.minX; x <= chart.maxX * 1.001; x *= 10) {
    const at = xOf(x, chart);
    const label = element(
      'text',
      { x: at, y: PLOT.bottom + 20, 'text-anchor': 'middle' },
      Number(x.toPrecision(3)).toLocaleString('en'),
    );
    ticks.push(grid(at, PLOT.top, { x2: at, y2: PLOT.bottom }) + label);
  }
  const middle = (PLOT.left + PLOT.right) / 2;
  ticks.push(element('text', { x: middle, y: HEIGHT - 12, 'text-anchor': 'middle' }, escaped(chart.xLabel)));
  return ticks;
}

function grid(x1: number, y1: number, end: { x2: number; y2: number }): string {
  return element('line', { x1, y1, ...end, stroke: INK, 'stroke-opacity': 0.25 });
}

function drawn({ name, values, color, isDashed }: CdfLine, index: number, chart: CdfChart): string {
  const sorted = values.toSorted((a, b) => a - b);
  const points = sorted.map(
    (value, rank) => `${xOf(value, chart).toFixed(1)},${yOf((rank + 1) / sorted.length).toFixed(1)}`,
  );
  const stroke = {
    fill: 'none',
    stroke: color,
    'stroke-width': 2.5,
    'stroke-linejoin': 'round',
    ...(isDashed && { 'stroke-dasharray': '6 5' }),
  };
  const legendX = 24 + index * LEGEND_STEP;
  return [
    element('polyline', {
      points: [`${xOf(sorted[0] ?? chart.minX, chart).toFixed(1)},${PLOT.bottom}`, ...points].join(' '),
      ...stroke,
    }),
    element('line', { x1: legendX, y1: LEGEND_Y, x2: legendX + 26, y2: LEGEND_Y, ...stroke }),
    element('text', { x: legendX + 34, y: LEGEND_Y + 4 }, escaped(name)),
  ].join('');
}

function xOf(value: number, { minX, maxX }: CdfChart): number {
  const share = Math.log(Math.min(Math.max(value, minX), maxX) / minX) / Math.log(maxX / minX);
  return PLOT.left + share * (PLOT.right - PLOT.left);
}

function yOf(share: number): number {
  return PLOT.bottom - share * (PLOT.bottom - PLOT.top);
}
