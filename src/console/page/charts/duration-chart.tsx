import { useMemo, useState } from 'preact/hooks';
import type { HistoryRecord } from '../../../machines/history.ts';
import { OutcomeMark } from '../parts/outcome-mark.tsx';
import { goTo, runAddress } from '../state/route.ts';
import { useZone } from '../state/zone.ts';
import { duration } from '../words/durations.ts';
import { dateAndTime } from '../words/instants.ts';
import { OUTCOME_LOOKS, type Tone } from '../words/outcomes.ts';
import { Chart } from './chart.tsx';
import { bars, RUN_SCALES, runAxes } from './run-axes.ts';

const TONES: readonly Tone[] = ['good', 'bad', 'warn', 'odd', 'mute'];
const HEIGHT = 168;

interface ChartOfRunsProps {
  /** Oldest first. */
  readonly runs: readonly HistoryRecord[];
  readonly zone: string;
}

/** How long the last runs took, coloured by their outcome. */
export function DurationChart({ runs, zone: own }: ChartOfRunsProps) {
  const zone = useZone(own);
  const [at, setAt] = useState<number | null>(null);
  const data = useMemo(() => byTone(runs), [runs]);
  const pointed = at === null ? undefined : runs[at];
  return (
    <div class="chart-block">
      <h3>
        Duration
        {pointed !== undefined && (
          <span class="chart-reading">
            <OutcomeMark outcome={pointed.outcome} /> {duration(pointed.finishedAtMs - pointed.startedAtMs)}
            <small>{dateAndTime(pointed.startedAtMs, zone)}</small>
          </span>
        )}
      </h3>
      <Chart
        key={zone}
        label={`Durations of the last ${runs.length} runs`}
        data={data}
        height={HEIGHT}
        onPoint={setAt}
        onPick={(index) => runs[index] && goTo(runAddress(runs[index].runId))}
        options={(colours) => ({
          scales: RUN_SCALES,
          axes: runAxes(runs, zone, colours),
          series: [
            {},
            ...TONES.map((tone) => ({
              fill: colours[tone],
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

function byTone(runs: readonly HistoryRecord[]): [number[], ...(number | null)[][]] {
  const lengthIf = (tone: Tone) => (run: HistoryRecord) =>
    OUTCOME_LOOKS[run.outcome].tone === tone ? run.finishedAtMs - run.startedAtMs : null;
  return [runs.map((_, index) => index), ...TONES.map((tone) => runs.map(lengthIf(tone)))];
}
