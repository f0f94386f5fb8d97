/**
 * A busy server with Escapement inside. It renders, hashes and serializes on its main thread, and drives more load at
 * itself than it can answer. Meanwhile its plugins rotate its log, report on it and sweep its cache, and one of them
 * loops for ever.
 */
import { type Background, finalReport, startBackground } from './background.ts';
import { type ExampleOptions, readOptions, USAGE } from './options.ts';
import { measurePhase, type PhaseFigures } from './phase.ts';
import { hostTable, latenessTable, scheduleTable } from './report-table.ts';
import { startServer } from './server.ts';
import { aborted, interruption, paint, say } from './terminal.ts';
import { prepareWorkingFolder } from './working-folder.ts';

const WARM_UP_MS = 1_000;
const DEFAULT_LOAD_MS = 30_000;
/** The share of the load that is measured before Escapement starts. */
const WITHOUT_SHARE = 1 / 3;

const options = readOptionsOrExit();
if (options === 'help') say(USAGE);
else await runExample(options);

async function runExample({ forMs, folder: path }: ExampleOptions): Promise<void> {
  const interrupted = interruption();
  const folder = prepareWorkingFolder(path);
  const server = await startServer(folder);
  const loadMs = (forMs ?? DEFAULT_LOAD_MS) - WARM_UP_MS;
  const phase = (label: string, share: number): Promise<PhaseFigures> => {
    say(paint('dim', `${(Math.round(loadMs * share) / 1_000).toFixed(1)} s under load, ${label} …`));
    return measurePhase({ label, url: server.url, forMs: loadMs * share }, interrupted);
  };

  say(`Server             ${paint('cyan', server.url)}`);
  say(`Working folder     ${folder.root}`);
  say(`Scheduler's state  ${folder.state}`);
  say(`Scheduler's log    ${folder.schedulerLog}`, '');
  await measurePhase({ label: 'warm-up', url: server.url, forMs: WARM_UP_MS }, interrupted);
  const without = await phase('without Escapement', WITHOUT_SHARE);
  const background = await startBackground(server, folder);
  if (background.found.length > 0) say(...background.found);
  const withIt = await phase('with Escapement', 1 - WITHOUT_SHARE);
  await finalReport(background);
  await printTables(background, [without, withIt]);
  if (forMs === null && !interrupted.aborted) {
    say(
      '',
      `The load is over, and the schedules continue. ${paint('bold', 'Ctrl-C')} prints the table again and stops.`,
    );
    await aborted(interrupted);
    await printTables(background, [without, withIt]);
  }
  await stop(background);
  await server.close();
}

async function printTables({ scheduler, journal }: Background, phases: readonly PhaseFigures[]): Promise<void> {
  const stats = await scheduler.stats();
  say('', ...scheduleTable(await scheduler.schedules(), journal));
  say('', ...latenessTable(stats));
  say('', ...hostTable(phases));
  say(
    paint(
      'dim',
      'Loop delay says how late timers on the main thread fire. A scheduler in that thread would start every job that late.',
    ),
    paint(
      'dim',
      'Both phases have the same clients. In the second one the plugins share the cores; their threads are nicer.',
    ),
  );
}

async function stop({ scheduler }: Background): Promise<void> {
  const fromMs = performance.now();
  const { finished, aborted: stopped, killed } = await scheduler.stop({ drainMs: 2_000 });
  const took = ((performance.now() - fromMs) / 1_000).toFixed(1);
  const runs = `${finished.length} finished, ${stopped.length} aborted, ${killed.length} killed`;
  say('', `Stopped in ${took} s; runs at the end: ${runs}.`);
}

function readOptionsOrExit(): ExampleOptions | 'help' {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}
