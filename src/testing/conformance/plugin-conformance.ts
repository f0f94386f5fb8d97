/** The rules for plugins, as cases for any test runner. The plugin is executed in a real pool, as by a scheduler. */
import type { PluginOption } from '../../host/scheduler-options.ts';
import type { PoolWarning } from '../../supervisor/ports/run-pool.ts';
import type { ScheduleDefinition } from '../../supervisor/schedules/definition.ts';
import type { InstalledPlugin } from '../../supervisor/schedules/plugin-registry.ts';
import { type ConformanceCase, must, mustResolve, notedCase } from './conformance-case.ts';
import { type PluginConformanceOptions, PluginStage, type Trial, type TrialTerms } from './plugin-stage.ts';

/**
 * The cases, in order. They call `run()` of every schedule three times, with what it really does: as an ordinary run, as
 * a catch-up, and with an abort. Cases that look at the same run share it, so that each run happens once.
 * @throws InvalidOptionError @throws InvalidTimezoneError
 */
export async function pluginConformance(
  plugin: PluginOption,
  options: PluginConformanceOptions = {},
): Promise<ConformanceCase[]> {
  const loaded = await onStage(plugin, options, (stage) => stage.load()).catch((error: unknown) => ({ error }));
  if ('error' in loaded) return [{ name: LOADS, run: () => Promise.reject(loaded.error) }];
  const trials = new Trials(plugin, options);
  return [
    notedCase(LOADS, async () => `schedules: ${loaded.definitions.length}`),
    notedCase('has the same name whenever it is loaded', () => keepsItsName(plugin, options)),
    { name: 'declares the same schedules whenever it is loaded', run: () => keepsItsSchedules(plugin, options) },
    ...loaded.definitions.flatMap((definition) => casesOf(definition, trials)),
    { name: 'cleans up in time', run: () => cleansUp(plugin, options) },
  ];
}

const LOADS = 'loads, and declares what is right';

/** What a run may leave in its worker, or send from it, so that the worker is replaced. */
const LEFT: ReadonlySet<PoolWarning['code']> = new Set(['thread-soiled', 'left-over-error', 'message-refused']);

function casesOf({ key, identity, source }: ScheduleDefinition, trials: Trials): ConformanceCase[] {
  const { scheduleId } = identity;
  const ordinary: TrialTerms = {};
  const catchUp: TrialTerms = { isCatchup: true };
  const aborted: TrialTerms = { isAborted: true };
  return [
    notedCase(`${key} runs`, async () => succeeded(await trials.of(scheduleId, ordinary))),
    notedCase(`${key} runs as a catch-up`, async () => succeeded(await trials.of(scheduleId, catchUp))),
    notedCase(`${key} ends within its grace when it is aborted`, async () =>
      obeyed(await trials.of(scheduleId, aborted)),
    ),
    {
      name: `${key} leaves nothing behind`,
      run: async () => {
        for (const terms of [ordinary, catchUp]) leftNothing(await trials.of(scheduleId, terms));
      },
    },
    notedCase(`${key} logs no more than a run may`, async () => {
      const { report, lines } = await trials.of(scheduleId, ordinary);
      const { droppedLogLines } = report;
      must(droppedLogLines === 0, `${droppedLogLines} lines were dropped`);
      return `lines: ${lines.length}`;
    }),
    // Only of a guest are the instructions counted.
    ...(typeof source.code?.fuelExport === 'string'
      ? [notedCase(`${key} ends when its fuel is used up`, () => endsWithItsFuel(scheduleId, trials))]
      : []),
  ];
}

/** With half of what a run has used, another one that does the same cannot come to its end. */
async function endsWithItsFuel(scheduleId: string, trials: Trials): Promise<string> {
  const { report } = await trials.of(scheduleId, {});
  const { fuel: used = 0 } = report;
  const fuel = Math.max(Math.floor(used / 2), 1);
  if (fuel >= used) return `instructions: ${used}`;
  const short = await trials.of(scheduleId, { budget: { fuel } });
  const { outcome } = short.report;
  must(
    outcome === 'over-budget',
    `a run used ${used} instructions, and with a budget of ${fuel} one ended as ${outcome}`,
  );
  return `instructions: ${used}`;
}

function succeeded({ report, durationMs }: Trial): string {
  const { outcome, error } = report;
  must(outcome === 'succeeded', `the run ended as ${outcome}${error === undefined ? '' : `: ${error.message}`}`);
  return `${durationMs.toFixed(1)} ms`;
}

function obeyed({ report }: Trial): string {
  must(!report.isTerminated, 'the run went on after its grace, and its thread had to be terminated');
  return report.outcome;
}

function leftNothing({ warnings }: Trial): void {
  const left = warnings.find(({ code }) => LEFT.has(code));
  must(left === undefined, left?.message ?? '');
}

async function keepsItsName(plugin: PluginOption, options: PluginConformanceOptions): Promise<string> {
  const names = (await loadedThrice(plugin, options)).map(({ name }) => name);
  must(new Set(names).size === 1, `it had the names ${[...new Set(names)].join(', ')}`);
  return names[0] ?? '';
}

async function keepsItsSchedules(plugin: PluginOption, options: PluginConformanceOptions): Promise<void> {
  const lists = (await loadedThrice(plugin, options)).map(({ definitions }) =>
    definitions.map(({ identity, declared, times }) => JSON.stringify({ id: identity.scheduleId, declared, times })),
  );
  const [first = [], ...others] = lists;
  for (const other of others) {
    const changed = [...first, ...other].find((each) => !first.includes(each) || !other.includes(each));
    must(changed === undefined, `a schedule came, went or changed: ${changed}`);
  }
}

/** In two workers, and twice in one of them. */
function loadedThrice(plugin: PluginOption, options: PluginConformanceOptions): Promise<InstalledPlugin[]> {
  return onStage(plugin, options, async (stage) => [await stage.load(), await stage.load(), await stage.loadAfresh()]);
}

async function cleansUp(plugin: PluginOption, options: PluginConformanceOptions): Promise<void> {
  const stage = new PluginStage(plugin, options);
  await stage.load();
  const failed = (await stage.close()).find(({ code }) => code === 'cleanup-failed');
  must(failed === undefined, failed?.error?.message ?? 'its cleanup() failed');
}

async function onStage<T>(
  plugin: PluginOption,
  options: PluginConformanceOptions,
  play: (stage: PluginStage) => Promise<T>,
): Promise<T> {
  const stage = new PluginStage(plugin, options);
  try {
    return await play(stage);
  } finally {
    await stage.close();
  }
}

/** The runs that cases look at. Each is made once, in a pool of its own, when the first case asks for it. */
class Trials {
  readonly #plugin: PluginOption;
  readonly #options: PluginConformanceOptions;
  readonly #made = new Map<string, Promise<Trial>>();

  constructor(plugin: PluginOption, options: PluginConformanceOptions) {
    this.#plugin = plugin;
    this.#options = options;
  }

  of(scheduleId: string, terms: TrialTerms): Promise<Trial> {
    const name = JSON.stringify([scheduleId, terms]);
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = mustResolve(this.#make(scheduleId, terms), 'the run could not be tried');
    this.#made.set(name, made);
    return made;
  }

  #make(scheduleId: string, terms: TrialTerms): Promise<Trial> {
    return onStage(this.#plugin, this.#options, async (stage) => {
      const { definitions } = await stage.load();
      const definition = definitions.find(({ identity }) => identity.scheduleId === scheduleId);
      if (definition === undefined) throw new Error(`it does not declare the schedule ${scheduleId} any more`);
      return stage.try(definition, terms);
    });
  }
}
