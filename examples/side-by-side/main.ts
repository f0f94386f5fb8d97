/**
 * Two servers side by side, with the same requests and the same jobs. In one of them node-cron runs the jobs on the main
 * thread, in the other one Escapement runs them. Watch, press keys, and read the verdict.
 */
import { once } from 'node:events';
import { Demonstration, type Note } from './demonstration.ts';
import { preparedFolder } from './folder.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { closingLines } from './showing/closing.ts';
import { showLive } from './showing/live.ts';
import { painted } from './showing/pieces.ts';
import { hasScreen } from './showing/screen.ts';
import { headLines, noteLines } from './showing/view.ts';

const FOR_MS_WITHOUT_KEYS = 20_000;
/** Pages and pipes have no width, and 80 columns fit everywhere. */
const PLAIN_COLUMNS = 80;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

// Whoever reads goes away (`| head -1`), or the terminal is closed. The servers end with this process.
process.stdout.on('error', () => process.exit());

const options = readOptionsOrExit();
if (options === 'help') say(USAGE);
else await run(options).catch(fail);

async function run({ forMs, folder }: Options): Promise<void> {
  const isLive = hasScreen();
  const ending = interruption();
  const limitMs = forMs ?? (isLive ? null : FOR_MS_WITHOUT_KEYS);
  // The time to start counts too.
  const endsAtMs = limitMs === null ? null : Date.now() - performance.now() + limitMs;
  if (isLive) say('Starting two servers …');
  const demonstration = await Demonstration.start(preparedFolder(folder), {
    noted: isLive ? () => undefined : sayNote,
    ending: ending.signal,
  });
  try {
    if (!isLive) say(...headLines(demonstration.consoleUrl).map((line) => painted(line)), '');
    else if (limitMs === null) demonstration.note('Press a key. What comes of it is measured, and told here.');
    void play(demonstration, endsAtMs, ending);
    if (isLive) await showLive(demonstration, ending);
    else if (!ending.signal.aborted) await once(ending.signal, 'abort');
    const columns = process.stdout.columns || PLAIN_COLUMNS;
    say('', ...closingLines(demonstration, columns, Date.now()).map((line) => painted(line)));
  } finally {
    await demonstration.stop();
  }
}

/** With a limit, takes a tour and ends at the limit, whatever is under way. Otherwise a person presses the keys. */
async function play(demonstration: Demonstration, endsAtMs: number | null, ending: AbortController): Promise<void> {
  if (endsAtMs !== null) setTimeout(() => ending.abort(), endsAtMs - Date.now()).unref();
  try {
    await demonstration.warmUp();
    if (endsAtMs !== null) await demonstration.tour(endsAtMs);
  } catch (error) {
    // A pause rejects when the demonstration ends.
    if (!ending.signal.aborted) throw error;
  }
}

/** Aborted by the first signal to end. The second one ends the process at once. */
function interruption(): AbortController {
  const ending = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(130);
      ending.abort();
    });
  }
  return ending;
}

function sayNote(note: Note): void {
  say(...noteLines([note], PLAIN_COLUMNS).map((line) => painted(line)));
}

function fail(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}

function readOptionsOrExit(): Options | 'help' {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}\n`);
    process.exit(2);
  }
}
