/** A picture of medians with their spread over the rounds, one bar for each system, on a logarithmic axis. */
import { element, escaped } from './svg.ts';

export interface Bar {
  readonly name: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface BarChart {
  readonly title: string;
  readonly subtitle: string;
  readonly xLabel: string;
  /** The first is ours. Values have to be above 0; others are left out. */
  readonly bars: readonly Bar[];
}

const WIDTH = 760;
const LEFT = 190;
const RIGHT = WIDTH - 90;
const TOP = 76;
const STEP = 26;
const INK = '#7a8391';
const OURS = '#2f9e6e';
const THEIRS = '#d9822b';

/** Draws the chart as SVG. Its colours are readable on light and dark backgrounds. */
export function barChart({ title, subtitle, xLabel, bars }: BarChart): string {
  const drawn = bars.filter(({ min }) => min > 0);
  const low = 10 ** Math.floor(Math.log10(Math.min(1e9, ...drawn.map(({ min }) => min))));
  const high = 10 ** Math.ceil(Math.log10(Math.max(low * 10, ...drawn.map(({ max }) => max))));
  const x = (value: number): number => LEFT + (Math.log(value / low) / Math.log(high / low)) * (RIGHT - LEFT);
  const bottom = TOP + drawn.length * STEP;
  const root = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${WIDTH} ${bottom + 50}`,
    'font-family': 'system-ui, -apple-system, Segoe UI, Helvetica, Arial, sans-serif',
    'font-size': 13,
    fill: INK,
    role: 'img',
  };
  const heading = [
    element('title', {}, escaped(title)),
    element('text', { x: 24, y: 30, 'font-size': 17, 'font-weight': 600 }, escaped(title)),
    element('text', { x: 24, y: 52 }, escaped(subtitle)),
    element('text', { x: (LEFT + RIGHT) / 2, y: bottom + 40, 'text-anchor': 'middle' }, escaped(xLabel)),
  ];
  const rows = drawn.map((bar, index) => row(bar, TOP + index * STEP, bar === bars[0] ? OURS : THEIRS, x));
  return `${element('svg', root, ...heading, ...axis(low, high, bottom, x), ...rows)}\n`;
}

function axis(low: number, high: number, bottom: number, x: (value: number) => number): string[] {
  const lines: string[] = [];
  for (let value = low; value <= high * 1.001; value *= 10) {
    const at = x(value).toFixed(1);
    const label = Number(value.toPrecision(1)).toLocaleString('en', { maximumSignificantDigits: 3 });
    lines.push(
      element('line', { x1: at, x2: at, y1: TOP, y2: bottom, stroke: INK, 'stroke-opacity': 0.25 }) +
        element('text', { x: at, y: bottom + 18, 'text-anchor': 'middle' }, label),
    );
  }
  return lines;
}

function row({ name, median, min, max }: Bar, top: number, color: string, x: (value: number) => number): string {
  const middle = top + STEP / 2;
  return [
    element('text', { x: LEFT - 8, y: middle + 4, 'text-anchor': 'end' }, escaped(name)),
    element('rect', { x: LEFT, y: top + 5, width: Math.max(x(median) - LEFT, 1).toFixed(1), height: 16, fill: color }),
    element('line', {
      x1: x(min).toFixed(1),
      x2: x(max).toFixed(1),
      y1: middle,
      y2: middle,
      stroke: INK,
      'stroke-width': 2,
    }),
    element(
      'text',
      { x: (x(max) + 6).toFixed(1), y: middle + 4 },
      median.toLocaleString('en', { maximumSignificantDigits: 3 }),
    ),
  ].join('');
}
