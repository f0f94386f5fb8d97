/**
 * Shows the way that one occurrence takes through the files of the supervisor thread: `npm run trace`. With `--sequence`
 * it prints every call.
 *
 * A real scheduler runs: a memory store, no lock backend, one pool thread, and one schedule `1s` that does nothing. Its
 * supervisor thread loads the sources with a mark in every function: see `trace/supervisor-tracer.ts`.
 *
 * One call is one entry into the body of a function of `src`: a function declaration, a method, an accessor, a
 * constructor, an arrow or any other closure. Code of `node_modules` and of Node is not counted, nor are constructors
 * and field initialisers without a body of their own, nor the resumption of an async function after an `await`.
 */
import { basename } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { createScheduler } from '../src/index.ts';
import type { TracedFunction } from './trace/instrument.ts';
import { CHANNEL, type Recording, type Turn, type TurnKind } from './trace/supervisor-tracer.ts';

/** The first one loads the plugin, and the last one may not be over when the recording ends: neither is looked at. */
const RUNS = 13;
const REPORT_LIMIT_MS = 10_000;
/** What counts as an entry of the engine. */
const ENGINE_FILE = 'engine.ts';

interface Call extends TracedFunction {
  /** What woke the thread in whose turn this is. */
  readonly wokenBy: TurnKind;
}

type Occurrence = readonly Call[];

async function main(): Promise<void> {
  const { recording, succeededCount } = await recordRuns();
  const occurrences = occurrencesOf(recording);
  if (succeededCount !== RUNS || occurrences.length !== RUNS) {
    throw new Error(`${RUNS} runs: ${succeededCount} succeeded, ${occurrences.length} seen in the supervisor thread`);
  }
  const warm = occurrences.slice(1, -1);
  const sorted = warm.toSorted((one, other) => one.length - other.length);
  const occurrence = sorted[Math.floor(sorted.length / 2)] ?? [];
  const range = `${sorted[0]?.length} to ${sorted.at(-1)?.length}`;
  console.log(`One succeeded occurrence, the median of ${warm.length} warm ones, which took ${range} calls.\n`);
  for (const [name, value] of figures(occurrence)) console.log(`${String(value).padStart(5)}  ${name}`);
  console.log('\nCalls per file:');
  for (const [file, calls] of callsPerFile(occurrence)) console.log(`${String(calls).padStart(5)}  ${file}`);
  if (process.argv.includes('--sequence')) console.log(`\n${sequenceText(occurrence)}`);
}

async function recordRuns(): Promise<{ recording: Recording; succeededCount: number }> {
  const scheduler = await createScheduler({
    plugins: [{ module: '../bench/empty-plugin.ts', options: { schedules: 1, cron: '1s' } }],
    baseUrl: import.meta.url,
    pool: { minThreads: 1, maxThreads: 1 },
    logger: { level: 'silent' },
  });
  let [runCount, succeededCount] = [0, 0];
  const done = Promise.withResolvers<void>();
  scheduler.on('run', ({ outcome }) => {
    runCount += 1;
    if (outcome === 'succeeded') succeededCount += 1;
    if (runCount === RUNS) done.resolve();
  });
  await scheduler.start();
  try {
    await done.promise;
    return { recording: await report(), succeededCount };
  } finally {
    await scheduler.stop();
  }
}

async function report(): Promise<Recording> {
  const channel = new BroadcastChannel(CHANNEL);
  const { promise, resolve, reject } = Promise.withResolvers<Recording>();
  channel.onmessage = ({ data }) => resolve(data as Recording);
  const limit = setTimeout(
    () => reject(new Error('the supervisor thread records nothing: use npm run trace, which loads the tracer into it')),
    REPORT_LIMIT_MS,
  );
  channel.postMessage('report');
  return promise.finally(() => {
    clearTimeout(limit);
    channel.close();
  });
}

/**
 * An occurrence begins with the turn of the timer that collects it, and has every turn up to the next timer's that is
 * woken by a message or was deferred: by then the pool thread has reported, the run is recorded and its event sent, and
 * the schedule is at rest and planned again. It contains no other timer's turn: what a timer wakes in between, such as the
 * heartbeat of the clock or the watch on budgets, finds nothing to do. Such a wake-up is known by not being followed by
 * any message, while an occurrence is followed by those of its run.
 *
 * No two occurrences are quite alike, because timers and threads are not exact: a message may come before an event is
 * sent or after it, the timer may be so early that the rest is waited out, and now and then the same wake-up also tells
 * the store that the node is alive. So the median is shown.
 */
function occurrencesOf({ functions, turns }: Recording): Occurrence[] {
  const groups: Turn[][] = [];
  for (const turn of turns) {
    if (turn.kind === 'timer') groups.push([]);
    if (turn.calls.length > 0) groups.at(-1)?.push(turn);
  }
  return groups
    .filter((group) => group.some(({ kind }) => kind === 'message'))
    .map((group) =>
      group.flatMap(({ kind, calls }) => calls.map((id) => ({ ...(functions[id] as TracedFunction), wokenBy: kind }))),
    );
}

function figures(calls: Occurrence): [string, number][] {
  const moves = calls.filter((_, index) => isMove(calls, index));
  const inEngine = calls.filter(isInEngine);
  const intoEngine = moves.filter(isInEngine);
  const closures = calls.filter(({ isClosure }) => isClosure);
  return [
    ['calls', calls.length],
    ['files', new Set(calls.map(({ file }) => file)).size],
    ['moves between files', moves.length],
    ['immediate returns (A → B → A)', calls.filter((_, index) => isImmediateReturn(calls, index)).length],
    [`calls of functions in ${ENGINE_FILE}`, inEngine.length],
    [`entries of ${ENGINE_FILE} from another file`, intoEngine.length],
    ['  through closures', intoEngine.filter(({ isClosure }) => isClosure).length],
    ['  through closures that only forward', intoEngine.filter(onlyForwards).length],
    ['calls of closures', closures.length],
    ['calls of closures that only forward', closures.filter(onlyForwards).length],
  ];
}

function isInEngine({ file }: Call): boolean {
  return basename(file) === ENGINE_FILE;
}

function isMove(calls: Occurrence, index: number): boolean {
  return index > 0 && calls[index - 1]?.file !== calls[index]?.file;
}

/** One call in another file, and back. */
function isImmediateReturn(calls: Occurrence, index: number): boolean {
  return index > 1 && isMove(calls, index) && calls[index - 2]?.file === calls[index]?.file;
}

function onlyForwards(call: Call): boolean {
  return call.isClosure && call.onlyForwards;
}

function callsPerFile(calls: Occurrence): [string, number][] {
  const counts = new Map<string, number>();
  for (const { file } of calls) counts.set(file, (counts.get(file) ?? 0) + 1);
  return [...counts].toSorted(([fileA, a], [fileB, b]) => b - a || fileA.localeCompare(fileB));
}

/** A file's name stands where it is entered, the functions indented beneath it, and a line where the thread is woken. */
function sequenceText(calls: Occurrence): string {
  return calls
    .flatMap(({ file, name, wokenBy }, index) => [
      ...(wokenBy === calls[index - 1]?.wokenBy ? [] : [`— woken: ${wokenBy} —`]),
      ...(index === 0 || isMove(calls, index) ? [file] : []),
      `    ${name}`,
    ])
    .join('\n');
}

await main();
