import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import { interleaved, ratioOf, type Spread, spreadOf, spreadText } from '../rounds.ts';
import type { HostFigures, HostRequest, SchedulerState } from './host-process.ts';

const PROCESS = new URL('./host-process.ts', import.meta.url);
const THREADS = 2;

interface StateFigures {
  readonly delayP99Ms: Spread;
  readonly delayRatio: Spread;
  readonly piecesPerSecond: Spread;
  readonly piecesRatio: Spread;
  readonly pieceP99Ms: Spread;
  readonly pieceP99Ratio: Spread;
}

/** What the host feels of a scheduler in its process. */
export const hostBenchmark: Benchmark = {
  name: 'host',
  summary: 'delay and throughput of the host without a scheduler, with an idle one, and with a saturated pool',
  run: async ({ isQuick }) => {
    const rounds = isQuick ? 2 : 7;
    const durationMs = isQuick ? 2_000 : 10_000;
    const ask = (state: SchedulerState) => () =>
      askProcess<HostFigures>(PROCESS, { state, threads: THREADS, durationMs } satisfies HostRequest);
    const measured = await interleaved(rounds, {
      none: ask('none'),
      idle: ask('idle'),
      saturated: ask('saturated'),
    });
    const { none } = measured;
    const figures = {
      none: figuresOf(none, none),
      idle: figuresOf(measured.idle, none),
      saturated: figuresOf(measured.saturated, none),
    };
    return {
      parameters: { rounds, threads: THREADS, durationMs },
      figures,
      tables: [
        {
          title: `the host thread beside ${THREADS} pool threads: median (min–max) of ${rounds} rounds`,
          columns: ['scheduler', 'delay p99 ms', 'ratio', 'pieces/s', 'ratio', 'piece p99 ms', 'ratio'],
          rows: Object.entries(figures).map(([state, each]) => [
            state,
            spreadText(each.delayP99Ms),
            spreadText(each.delayRatio),
            spreadText(each.piecesPerSecond),
            spreadText(each.piecesRatio),
            spreadText(each.pieceP99Ms),
            spreadText(each.pieceP99Ratio),
          ]),
        },
      ],
    };
  },
};

/** With the ratios to a host without a scheduler in the same round. */
function figuresOf(these: readonly HostFigures[], none: readonly HostFigures[]): StateFigures {
  const values = (of: readonly HostFigures[], name: keyof HostFigures): number[] => of.map((each) => each[name]);
  const ratio = (name: keyof HostFigures): Spread => ratioOf(values(these, name), values(none, name));
  return {
    delayP99Ms: spreadOf(values(these, 'delayP99Ms')),
    delayRatio: ratio('delayP99Ms'),
    piecesPerSecond: spreadOf(values(these, 'piecesPerSecond')),
    piecesRatio: ratio('piecesPerSecond'),
    pieceP99Ms: spreadOf(values(these, 'pieceP99Ms')),
    pieceP99Ratio: ratio('pieceP99Ms'),
  };
}
