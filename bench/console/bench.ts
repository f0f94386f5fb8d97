import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import { interleaved, ratioOf, type Spread, spreadOf, spreadText } from '../rounds.ts';
import type { ConsoleFigures, ConsoleRequest } from './host-process.ts';

const PROCESS = new URL('./host-process.ts', import.meta.url);
const SCHEDULES = 20;
const PAGES = 10;

/** What the host's clients and the clock feel of a console that ten people look at. */
export const consoleBenchmark: Benchmark = {
  name: 'console',
  summary: 'requests of the host, and the tick, without a console and with ten open pages',
  run: async ({ isQuick }) => {
    const rounds = isQuick ? 2 : 7;
    const durationMs = isQuick ? 3_000 : 15_000;
    const ask = (pages: number | null) => () =>
      askProcess<ConsoleFigures>(PROCESS, { pages, schedules: SCHEDULES, durationMs } satisfies ConsoleRequest);
    const measured = await interleaved(rounds, { without: ask(null), unseen: ask(0), watched: ask(PAGES) });
    const figuresOf = (these: readonly ConsoleFigures[]) => {
      const values = (of: readonly ConsoleFigures[], name: keyof ConsoleFigures): number[] =>
        of.map((each) => each[name]);
      const ratio = (name: keyof ConsoleFigures): Spread =>
        ratioOf(values(these, name), values(measured.without, name));
      return {
        requestP50Ms: spreadOf(values(these, 'requestP50Ms')),
        requestP99Ms: spreadOf(values(these, 'requestP99Ms')),
        requestP99Ratio: ratio('requestP99Ms'),
        tickP99Ms: spreadOf(values(these, 'tickP99Ms')),
        tickP99Ratio: ratio('tickP99Ms'),
        seen: spreadOf(values(these, 'seen')),
      };
    };
    const figures = {
      without: figuresOf(measured.without),
      unseen: figuresOf(measured.unseen),
      watched: figuresOf(measured.watched),
    };
    return {
      parameters: { rounds, schedules: SCHEDULES, pages: PAGES, durationMs },
      figures,
      tables: [
        {
          title: `requests of the host beside ${SCHEDULES} schedules of a second: median (min–max) of ${rounds} rounds`,
          columns: ['console', 'request p50 ms', 'p99 ms', 'ratio', 'tick p99 ms', 'ratio', 'answers and events'],
          rows: Object.entries(figures).map(([state, each]) => [
            state,
            spreadText(each.requestP50Ms),
            spreadText(each.requestP99Ms),
            spreadText(each.requestP99Ratio),
            spreadText(each.tickP99Ms),
            spreadText(each.tickP99Ratio),
            spreadText(each.seen),
          ]),
        },
      ],
    };
  },
};
