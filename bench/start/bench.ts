import { fileURLToPath } from 'node:url';
import { askProcess } from '../ask-process.ts';
import type { Benchmark } from '../bench.ts';
import { compilePackage, DIST } from '../compiled.ts';
import { barChart } from '../pictures/bar-chart.ts';
import { interleaved, ratioOf, type Spread, spreadOf, spreadText } from '../rounds.ts';

const PROCESS = new URL('./start-process.mjs', import.meta.url);
const MIB = 1_024 * 1_024;
const THREADS = 2;

/** What a fresh process answers. */
interface Cost {
  /** On the host, or in a pool thread. */
  readonly importMs?: number;
  readonly addedRssBytes?: number;
  /** From the start of the process until the first run has started. */
  readonly firstRunMs?: number;
  readonly rssBytes?: number;
}

/** What it costs to have the scheduler at all, beside an empty process and the bare pool. */
export const startBenchmark: Benchmark = {
  name: 'start',
  summary: 'import, first run and memory of an idle scheduler, each in a fresh process, beside bare piscina',
  run: async ({ isQuick }) => {
    compilePackage();
    const rounds = isQuick ? 5 : 11;
    const [plugin, importing, task] = ['start', 'importing', 'instant-task'].map((name) =>
      fileURLToPath(new URL(`plugins/${name}.mjs`, import.meta.url)),
    );
    const entry = new URL('index.js', DIST).href;
    const request = { entry, plugin, importing, task, threads: THREADS };
    const ask = (what: string) => () => askProcess<Cost>(PROCESS, { ...request, what });
    const askImport = (imported: string) => () =>
      askProcess<Cost>(PROCESS, { ...request, what: 'pluginImport', imported });
    const measured = await interleaved(rounds, {
      empty: ask('empty'),
      import: ask('import'),
      escapement: ask('escapement'),
      piscina: ask('piscina'),
      subpath: askImport(new URL('plugin.js', DIST).href),
      whole: askImport(entry),
    });
    const empty = numbers(measured.empty, 'rssBytes');
    const added = (costs: readonly Cost[]): number[] =>
      numbers(costs, 'rssBytes').map((bytes, round) => (bytes - (empty[round] ?? Number.NaN)) / MIB);
    const figures = {
      importMs: spreadOf(numbers(measured.import, 'importMs')),
      importMiB: spreadOf(numbers(measured.import, 'addedRssBytes').map((bytes) => bytes / MIB)),
      pluginImportMs: spreadOf(numbers(measured.subpath, 'importMs')),
      pluginImportWholeMs: spreadOf(numbers(measured.whole, 'importMs')),
      firstRunMs: spreadOf(numbers(measured.escapement, 'firstRunMs')),
      piscinaFirstRunMs: spreadOf(numbers(measured.piscina, 'firstRunMs')),
      firstRunToPiscina: ratioOf(numbers(measured.escapement, 'firstRunMs'), numbers(measured.piscina, 'firstRunMs')),
      idleMiB: spreadOf(added(measured.escapement)),
      piscinaIdleMiB: spreadOf(added(measured.piscina)),
      idleToPiscina: ratioOf(added(measured.escapement), added(measured.piscina)),
    };
    return {
      parameters: { rounds, threads: THREADS },
      figures,
      tables: [
        {
          title: `each in a fresh process: median (min–max) of ${rounds} rounds`,
          columns: ['', 'escapement', 'bare piscina', 'ratio'],
          rows: [
            row('import, ms', figures.importMs),
            row('import adds MiB', figures.importMiB),
            row('a plugin imports escapement/plugin, ms', figures.pluginImportMs),
            row('a plugin imports escapement, ms', figures.pluginImportWholeMs),
            row('first run after ms', figures.firstRunMs, figures.piscinaFirstRunMs, figures.firstRunToPiscina),
            row(
              `idle with ${THREADS} threads adds MiB`,
              figures.idleMiB,
              figures.piscinaIdleMiB,
              figures.idleToPiscina,
            ),
          ],
        },
      ],
      pictures: {
        'start.svg': barChart({
          title: 'What a scheduler adds to an idle process',
          subtitle: `${THREADS} threads; median and spread of ${rounds} fresh processes`,
          xLabel: 'MiB of resident memory (logarithmic): left is better',
          bars: [
            { name: 'escapement', ...figures.idleMiB },
            { name: 'bare piscina', ...figures.piscinaIdleMiB },
          ],
        }),
      },
    };
  },
};

function numbers(costs: readonly Cost[], name: keyof Cost): number[] {
  return costs.map((cost) => cost[name] ?? Number.NaN);
}

function row(name: string, ours: Spread, bare?: Spread, ratio?: Spread): string[] {
  return [name, spreadText(ours), bare ? spreadText(bare) : '–', ratio ? spreadText(ratio) : '–'];
}
