import uPlot from 'uplot';
import type { HistoryRecord } from '../../../machines/history.ts';
import type { Palette } from '../time-line/palette.ts';
import { duration } from '../words/durations.ts';
import { timeOfDay } from '../words/instants.ts';

const FONT = '11px system-ui, sans-serif';

/** Bars that stand side by side. */
export const bars = uPlot.paths.bars?.({ size: [0.7, 12], radius: 0.15 });

/** Runs in their order along the axis, oldest first, and lengths of time up the other. */
export function runAxes(runs: readonly HistoryRecord[], zone: string, colours: Palette): uPlot.Axis[] {
  const common = {
    stroke: colours['ink-2'],
    font: FONT,
    ticks: { stroke: colours.line, width: 1, size: 4 },
  };
  const timeAt = (index: number): string => {
    const run = Number.isInteger(index) ? runs[index] : undefined;
    return run === undefined ? '' : timeOfDay(run.startedAtMs, zone);
  };
  return [
    { ...common, size: 26, space: 74, grid: { show: false }, values: (_plot, splits) => splits.map(timeAt) },
    {
      ...common,
      size: 60,
      space: 34,
      grid: { stroke: colours.line, width: 1 },
      values: (_plot, splits) => splits.map((value) => duration(value)),
    },
  ];
}

export const RUN_SCALES: uPlot.Scales = {
  x: { time: false, range: (_plot, min, max) => [min - 0.6, Math.max(max, min + 10) + 0.6] },
  y: { range: (_plot, _min, max) => [0, Math.max(max * 1.08, 1)] },
};
