import { element } from '../pictures/svg.ts';
import type { LockCounts } from './count.ts';

const WIDTH = 640;
const HEIGHT = 320;
const LEFT = 60;
const BOTTOM = 270;
const TOP = 40;
const LIMIT = 1.3;
const COLOURS: Readonly<Record<number, string>> = { 50: '#2a6f97', 10: '#c8553d', 1: '#7a7a7a' };

/** Draws the round trips for one occurrence by nodes, with one line for each number of schedules. */
export function lockOperationsPicture(counts: readonly LockCounts[]): string {
  const most = Math.max(LIMIT, ...counts.map(perOccurrence)) * 1.1;
  const nodes = [...new Set(counts.map((each) => each.nodes))];
  const x = (count: number): number => LEFT + 40 + (nodes.indexOf(count) * (WIDTH - LEFT - 180)) / (nodes.length - 1);
  const y = (value: number): number => BOTTOM - (value / most) * (BOTTOM - TOP);
  const text = (atX: number, atY: number, words: string, anchor = 'middle'): string =>
    element('text', { x: atX, y: atY, 'text-anchor': anchor, 'font-size': 12, fill: '#333' }, words);
  const line = (schedules: number): string => {
    const ofThese = counts.filter((each) => each.schedules === schedules);
    const points = ofThese.map((each) => `${x(each.nodes)},${y(perOccurrence(each)).toFixed(1)}`).join(' ');
    const last = ofThese.at(-1) as LockCounts;
    const colour = COLOURS[schedules] ?? '#333';
    return [
      element('polyline', { points, fill: 'none', stroke: colour, 'stroke-width': 2 }),
      ...ofThese.map((each) =>
        element('circle', { cx: x(each.nodes), cy: y(perOccurrence(each)).toFixed(1), r: 3, fill: colour }),
      ),
      text(
        x(last.nodes) + 10,
        y(perOccurrence(last)) + 4,
        `${schedules} ${schedules === 1 ? 'schedule' : 'schedules'}`,
        'start',
      ),
    ].join('');
  };
  const limit = element('line', {
    x1: LEFT,
    x2: WIDTH - 110,
    y1: y(LIMIT),
    y2: y(LIMIT),
    stroke: '#999',
    'stroke-dasharray': '4 4',
  });
  const axis = element('line', { x1: LEFT, x2: WIDTH - 110, y1: BOTTOM, y2: BOTTOM, stroke: '#333' });
  return element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, 'font-family': 'sans-serif' },
    element('title', {}, 'Round trips to the lock backend for one occurrence, by nodes and schedules'),
    element('rect', { width: WIDTH, height: HEIGHT, fill: '#fff' }),
    text(LEFT, 22, 'Round trips to the lock backend for one occurrence, whole cluster', 'start'),
    limit,
    text(LEFT - 8, y(LIMIT) + 4, String(LIMIT), 'end'),
    axis,
    text(LEFT - 8, BOTTOM + 4, '0', 'end'),
    ...nodes.map((count) => text(x(count), BOTTOM + 20, `${count} ${count === 1 ? 'node' : 'nodes'}`)),
    ...[...new Set(counts.map((each) => each.schedules))].map(line),
  );
}

export function perOccurrence({ roundTrips, occurrences }: LockCounts): number {
  return roundTrips / occurrences;
}
