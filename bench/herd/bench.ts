import type { Benchmark } from '../bench.ts';
import { distribution } from '../distribution.ts';
import { interleaved, ratioOf, spreadOf, spreadText } from '../rounds.ts';
import { BESIDE_MS, drainBarePool, HERD, type HerdRun, runHerds, THREADS } from './measure.ts';

interface Round {
  readonly herds: readonly HerdRun[];
  readonly bareDrainedMs: readonly number[];
}

/** What a thousand schedules that are due at one instant do to each other and to a schedule beside them. */
export const herdBenchmark: Benchmark = {
  name: 'herd',
  summary: `${HERD.toLocaleString('en')} schedules due at one instant: how soon they are done, and the clock of one beside`,
  run: async ({ isQuick }) => {
    const rounds = isQuick ? 2 : 5;
    const herds = isQuick ? 2 : 5;
    const measured = await interleaved<'escapement' | 'bare', Round>(rounds, {
      bare: async () => ({ herds: [], bareDrainedMs: await drainBarePool(herds) }),
      escapement: async () => ({ herds: await runHerds(herds), bareDrainedMs: [] }),
    });
    const bare = measured.bare.map(({ bareDrainedMs }) => distribution(bareDrainedMs).p50);
    const ours = measured.escapement.map((round) => distribution(round.herds.map(({ drainedMs }) => drainedMs)).p50);
    const ticks = measured.escapement.map((round) => distribution(round.herds.flatMap((herd) => herd.besideTickMs)));
    const figures = {
      drainedMs: { escapement: spreadOf(ours), barePiscina: spreadOf(bare), ratio: ratioOf(ours, bare) },
      besideTickMs: { p50: spreadOf(ticks.map(({ p50 }) => p50)), p99: spreadOf(ticks.map(({ p99 }) => p99)) },
      besideRuns: ticks.reduce((sum, { count }) => sum + count, 0),
      ran: measured.escapement.flatMap((round) => round.herds.map(({ ran }) => ran)),
      besideOverlaps: measured.escapement.flatMap((round) => round.herds.map((herd) => herd.besideOverlaps)),
    };
    const overlaps = figures.besideOverlaps.reduce((sum, each) => sum + each, 0);
    return {
      parameters: { herd: HERD, threads: THREADS, besideMs: BESIDE_MS, rounds, herdsInARound: herds },
      figures,
      tables: [
        {
          title: `a herd of ${HERD} empty runs on ${THREADS} threads: median (min–max) of ${rounds} rounds`,
          columns: ['', 'value'],
          rows: [
            ['herds that ran in full', `${figures.ran.filter((ran) => ran === HERD).length} of ${figures.ran.length}`],
            ['drained after ms', spreadText(figures.drainedMs.escapement)],
            ['bare piscina, the same number of tasks, ms', spreadText(figures.drainedMs.barePiscina)],
            ['ratio to bare piscina', spreadText(figures.drainedMs.ratio)],
            ['tick lateness beside it, p50 ms', spreadText(figures.besideTickMs.p50)],
            ['tick lateness beside it, p99 ms', spreadText(figures.besideTickMs.p99)],
            ['runs beside it', figures.besideRuns],
            ['occurrences beside it that overlapped', overlaps],
          ],
        },
      ],
    };
  },
};
