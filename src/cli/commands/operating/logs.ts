import type { HistoryRecord } from '../../../index.ts';
import type { OperatorEvent } from '../../../supervisor/operator-protocol.ts';
import type { Command } from '../../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../../exit-codes.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { onlyWord } from '../../input/words.ts';
import { RunLog } from '../../output/operating/run-log.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { RunAnswer } from '../../remote/answers.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';
import type { RunWatch } from '../../remote/run-watch.ts';

const SEARCHED = 1_000;
const FULL_ID_LENGTH = 36;
const LISTEN_MS = 30_000;

/** `escapement logs`: what a run has logged, and what it logs. */
export const logsCommand: Command = {
  name: 'logs',
  parameters: '<key|run id>',
  summary: 'show what a run has logged, or follow it',
  options: {
    follow: { type: 'boolean', help: 'go on with what is logged from now on' },
    ...REMOTE_OPTIONS,
    json: { type: 'boolean', help: 'print JSON; with --follow an event in each line' },
  },
  details: [
    'For a key it shows the run in progress, or the last one, and follows all runs of\nthe schedule until you end it (Ctrl+C). A run is followed to its end. The\nbeginning of its id is enough.',
    ...remoteHelp({
      exitCodes: '1 if there is no such run, or the followed run did not succeed',
      example: 'escapement logs report/nightly --follow',
    }),
  ],
  run: async (args, terminal) => {
    const word = onlyWord(args, 'a schedule key or the id of a run', 'logs report/nightly');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const remote = await remoteScheduler(args);
    const isJson = args.values['json'] === true;
    if (args.values['follow'] === true) return follow(remote, word, terminal, isJson);
    const found = await runOf(remote, word);
    if (isJson) terminal.result(JSON.stringify(found, null, 2));
    else if (found === null) terminal.notice(`Schedule "${word}" has not run yet.`);
    else new RunLog(terminal, isJson).show(found);
    return EXIT_DONE;
  },
};

async function follow(remote: RemoteScheduler, word: string, terminal: Terminal, isJson: boolean): Promise<number> {
  const { RunWatch } = await import('../../remote/run-watch.ts');
  // Before the log until now is asked for: a line may be heard of twice, but none is missed.
  const watch = await RunWatch.open(remote, {
    topics: ['run-start', 'log', 'run'],
    ...(word.includes('/') && { key: word }),
  });
  const log = new RunLog(terminal, isJson);
  try {
    const found = await runOf(remote, word);
    if (found !== null) log.show(found);
    if (word.includes('/')) return await followSchedule(remote, watch, log, word);
    const ended = found?.run ?? null;
    return ended === null ? await followRun(remote, watch, log, found?.live?.runId ?? word) : exitCodeOf(ended);
  } finally {
    watch.close();
  }
}

/** Until the user ends it. */
async function followSchedule(remote: RemoteScheduler, watch: RunWatch, log: RunLog, key: string): Promise<never> {
  for (;;) {
    const event = await watch.next(LISTEN_MS);
    if (typeof event === 'string') {
      // What was logged while nobody listened.
      const found = await runOf(remote, key).catch(() => null);
      if (found !== null) log.show(found);
    } else if ('key' in event.event && event.event.key === key) {
      if (event.type === 'run') log.show(await wholeLogOf(remote, event.event));
      else log.heard(event);
    }
  }
}

async function followRun(remote: RemoteScheduler, watch: RunWatch, log: RunLog, runId: string): Promise<number> {
  const heard = (event: OperatorEvent): void => {
    if ('runId' in event.event && event.event.runId === runId) log.heard(event);
  };
  const end = await watch.end({ runId, heard });
  if (end.kind !== 'ended') return EXIT_FAILED;
  log.show(await wholeLogOf(remote, end.run));
  return exitCodeOf(end.run);
}

function exitCodeOf({ outcome }: HistoryRecord): number {
  return outcome === 'succeeded' ? EXIT_DONE : EXIT_FAILED;
}

/** The end of a log is asked for, because the connection may have been interrupted. */
async function wholeLogOf(remote: RemoteScheduler, run: HistoryRecord): Promise<RunAnswer> {
  const answer = await remote.run(run.runId).catch(() => null);
  return answer === null || answer.run === null ? { run, live: null } : answer;
}

/** Of a schedule the run in progress or the last one; null if it has never run. @throws RemoteError */
async function runOf(remote: RemoteScheduler, word: string): Promise<RunAnswer | null> {
  if (!word.includes('/')) return remote.run(await runIdFor(remote, word));
  const { live } = await remote.schedule(word);
  if (live !== null) return remote.run(live.runId);
  const [last] = await remote.runs({ key: word, limit: 1 });
  return last === undefined ? null : remote.run(last.runId);
}

/** The whole id for the beginning of one: of a run in progress, or of one of the newest. @throws RemoteError */
async function runIdFor(remote: RemoteScheduler, word: string): Promise<string> {
  if (word.length >= FULL_ID_LENGTH) return word;
  const [{ RemoteError }, { runIdAmong }] = await Promise.all([
    import('../../remote/remote-error.ts'),
    import('../../remote/run-id.ts'),
  ]);
  const runId = runIdAmong([...(await remote.live()), ...(await remote.runs({ limit: SEARCHED }))], word);
  if (runId !== undefined) return runId;
  throw new RemoteError(
    EXIT_FAILED,
    `None of the ${SEARCHED} newest runs has an id that begins with "${word}". Write the whole id, or look with escapement history.`,
  );
}
