import { useMemo, useState } from 'preact/hooks';
import type { HistoryRecord } from '../../../machines/history.ts';
import { LATENESS_PARTS } from '../parts/lateness-bar.tsx';
import { goTo, runAddress } from '../state/route.ts';
import { useZone } from '../state/zone.ts';
import { duration } from '../words/durations.ts';
import { Chart } from './chart.tsx';
import { bars, RUN_SCALES, runAxes } from './run-axes.ts';

const HEIGHT = 168;

/** How late the last runs began, by part: the parts stand upon each other. */
export function LatenessChart({ runs, zone: own }: { readonly runs: readonly HistoryRecord[]; readonly zone: string }) {
  const zone = useZone(own);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo(() => stacked(runs), [runs]);
  const pointed = at === null ? undefined : runs[at];
  return (
    <div class="chart-block">
      <h3>
        Lateness
        <span class="chart-legend">
          {LATENESS_PARTS.map(({ name, field }) => (
            <span key={name} class={`part-${name}`}>
              {name} {pointed !== undefined && <b>{duration(pointed.lateness[field])}</b>}
            </span>
          ))}
        </span>
      </h3>
      <Chart
        key={zone}
        label={`Lateness of the last ${runs.length} runs, by part`}
        data={data}
        height={HEIGHT}
        onPoint={setAt}
        onPick={(index) => runs[index] && goTo(runAddress(runs[index].runId))}
        options={(colours) => ({
          scales: RUN_SCALES,
          axes: runAxes(runs, zone, colours),
          series: [
            {},
            ...LATENESS_PARTS.toReversed().map(({ name }) => ({
              fill: colours[`part-${name}`],
              width: 0,
              ...(bars && { paths: bars }),
              points: { show: false },
            })),
          ],
        })}
      />
    </div>
  );
}

/** The whole first, then what is left without its last part, and so on: each bar covers the end of the one before. */
function stacked(runs: readonly HistoryRecord[]): [number[], ...number[][]] {
  const upTo = (count: number) => (run: HistoryRecord) =>
    LATENESS_PARTS.slice(0, count).reduce((sum, { field }) => sum + Math.max(0, run.lateness[field]), 0);
  return [
    runs.map((_, index) => index),
    ...LATENESS_PARTS.map((_, index) => runs.map(upTo(LATENESS_PARTS.length - index))),
  ];
}
