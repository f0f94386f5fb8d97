import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import { distribution, rounded } from '../distribution.ts';
import { estimateText, medianOf, type Pair, pooledRatio, verdictOn } from '../pairs.ts';
import type { ConsoleRequest, ConsoleRound } from './host-process.ts';
import { type ConsoleState, STATES } from './states.ts';

const PROCESS = new URL('./host-process.ts', import.meta.url);
const SCHEDULES = 20;
const PAGES = 10;
/** What the console may cost the requests of its host. */
const MOST = 1.02;
const LIMIT_MS = 3_600_000;

/** What the host's clients and the clock feel of a console that ten people look at. */
export const consoleBenchmark: Benchmark = {
  name: 'console',
  summary: 'requests of the host, and the tick, without a console and with ten open pages',
  run: async ({ isQuick }) => {
    const request: ConsoleRequest = {
      rounds: isQuick ? 6 : 60,
      schedules: SCHEDULES,
      pages: PAGES,
      windowMs: isQuick ? 1_000 : 3_000,
    };
    const rounds = await askProcess<readonly ConsoleRound[]>(PROCESS, request, LIMIT_MS);
    const figures = Object.fromEntries(STATES.map((state) => [state, figuresOf(state, rounds)])) as Record<
      ConsoleState,
      ReturnType<typeof figuresOf>
    >;
    return {
      parameters: { ...request },
      figures,
      tables: [
        {
          title: `requests of the host beside ${SCHEDULES} schedules of a second, in ${request.rounds} rounds of windows: ratios to no console with 95 % confidence`,
          columns: [
            'console',
            'p50 ms',
            'p99 ms',
            'p99 ratio, all windows',
            'median of ratios',
            'tick',
            'cores',
            'seen',
          ],
          rows: STATES.map((state) => {
            const { requestMs, p99Ratio, pairedRatio, tickRatio, cores, seen } = figures[state];
            return [
              state,
              requestMs.p50,
              requestMs.p99,
              `${estimateText(p99Ratio)}: ${verdictOn(p99Ratio, MOST)}`,
              estimateText(pairedRatio),
              estimateText(tickRatio),
              cores,
              seen,
            ];
          }),
        },
      ],
    };
  },
};

function figuresOf(state: ConsoleState, rounds: readonly ConsoleRound[]) {
  const pairs = rounds.map((round): Pair => ({ these: round[state].requestMs, those: round.without.requestMs }));
  const p99 = (values: readonly number[]): number => distribution(values).p99;
  return {
    requestMs: distribution(pairs.flatMap(({ these }) => these)),
    /** Of the 99th percentiles of all windows together. */
    p99Ratio: pooledRatio(pairs, 0.99),
    /** Of the 99th percentiles of the two windows of each round. */
    pairedRatio: medianOf(pairs.map(({ these, those }) => p99(these) / p99(those))),
    tickRatio: medianOf(rounds.map((round) => rounded(round[state].tickP99Ms / round.without.tickP99Ms))),
    /** Of a core, for all threads of the host's process together. */
    cores: rounded(rounds.reduce((sum, round) => sum + round[state].cores, 0) / rounds.length),
    seen: rounds.reduce((sum, round) => sum + round[state].seen, 0),
  };
}
