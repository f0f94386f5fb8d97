import type { Command } from '../../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../../exit-codes.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { onlyWord } from '../../input/words.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';

/** `escapement abort`: aborts the signal of a run. */
export const abortCommand: Command = {
  name: 'abort',
  parameters: '<run id|key>',
  summary: 'abort a run in progress',
  options: REMOTE_OPTIONS,
  details: [
    'The run gets its signal. If it does not end within its grace, its thread is\nterminated. The beginning of its id is enough, or the key of its schedule.',
    ...remoteHelp({ exitCodes: '1 if no such run is in progress', example: 'escapement abort report/nightly' }),
  ],
  run: async (args, terminal) => {
    const word = onlyWord(args, 'the id of a run or a schedule key', 'abort report/nightly');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const remote = await remoteScheduler(args);
    const runId = await runIdOf(remote, word);
    await remote.abort(runId);
    const json = JSON.stringify({ action: 'abort', runId }, null, 2);
    terminal.result(args.values['json'] === true ? json : `Run ${runId} has got its signal.`);
    return EXIT_DONE;
  },
};

/** @throws RemoteError if there is no such run, or more than one. */
async function runIdOf(remote: RemoteScheduler, word: string): Promise<string> {
  const [{ RemoteError }, { runIdAmong }] = await Promise.all([
    import('../../remote/remote-error.ts'),
    import('../../remote/run-id.ts'),
  ]);
  if (word.includes('/')) {
    const { live } = await remote.schedule(word);
    if (live !== null) return live.runId;
    throw new RemoteError(EXIT_FAILED, `Schedule "${word}" has no run in progress.`);
  }
  const runId = runIdAmong(await remote.live(), word);
  if (runId === undefined)
    throw new RemoteError(EXIT_FAILED, `No run in progress has an id that begins with "${word}": see escapement top.`);
  return runId;
}
