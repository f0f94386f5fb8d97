import type { Command, CommandArguments } from '../../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../../exit-codes.ts';
import { textOption } from '../../input/arguments.ts';
import { readDuration } from '../../input/duration.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { UsageError } from '../../input/usage-error.ts';
import { onlyWord } from '../../input/words.ts';
import { printRuns } from '../../output/run-report.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';
import type { RunEnd } from '../../remote/run-watch.ts';

/** `escapement trigger`: runs a schedule now. */
export const triggerCommand: Command = {
  name: 'trigger',
  parameters: '<key>',
  summary: 'run a schedule of a running scheduler now',
  options: {
    wait: { type: 'boolean', help: 'wait for the end of the run' },
    timeout: { type: 'string', value: '<duration>', help: 'with --wait: how long at most (default: no limit)' },
    ...REMOTE_OPTIONS,
  },
  details: [
    'Also a schedule that is paused or disabled runs. With --wait, the command ends\nwith the run; the run goes on if the command is ended first.',
    ...remoteHelp({
      exitCodes: '1 if it cannot run now. With --wait 0 if the run succeeded, and 1 if it did not, or not in time',
      example: 'escapement trigger report/nightly --wait --timeout 10m',
    }),
  ],
  run: async (args, terminal) => {
    const key = onlyWord(args, 'a schedule key', 'trigger report/nightly');
    const timeoutMs = timeoutOf(args);
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const remote = await remoteScheduler(args);
    const isJson = args.values['json'] === true;
    if (args.values['wait'] === true) return triggerAndWait(remote, { key, timeoutMs, isJson }, terminal);
    const runId = await remote.trigger(key);
    terminal.result(isJson ? JSON.stringify({ runId }, null, 2) : `${key} runs as ${runId}.`);
    return EXIT_DONE;
  },
};

interface Wait {
  readonly key: string;
  readonly timeoutMs: number | null;
  readonly isJson: boolean;
}

function timeoutOf(args: CommandArguments): number | null {
  const text = textOption(args, 'timeout');
  if (text === undefined) return null;
  if (args.values['wait'] !== true) throw new UsageError('Option --timeout is for --wait.');
  return readDuration('--timeout', text);
}

async function triggerAndWait(remote: RemoteScheduler, wait: Wait, terminal: Terminal): Promise<number> {
  const { key, timeoutMs, isJson } = wait;
  const { RunWatch } = await import('../../remote/run-watch.ts');
  // Before the run is asked for, so that its end cannot be missed.
  const watch = await RunWatch.open(remote, { topics: ['run', 'decision'], key });
  try {
    const runId = await remote.trigger(key);
    if (!isJson) terminal.notice(`${key} runs as ${runId}.`);
    const end = await watch.end({
      runId,
      triggeredKey: key,
      ...(timeoutMs !== null && { untilMs: performance.now() + timeoutMs }),
    });
    if (isJson) terminal.result(JSON.stringify({ runId, ...jsonOf(end) }, null, 2));
    else print(end, wait, terminal);
    return end.kind === 'ended' && end.run.outcome === 'succeeded' ? EXIT_DONE : EXIT_FAILED;
  } finally {
    watch.close();
  }
}

/** `run` is null if none has ended. */
function jsonOf(end: RunEnd): object {
  if (end.kind === 'ended') return { run: end.run };
  return end.kind === 'skipped' ? { run: null, decision: end.decision } : { run: null };
}

function print(end: RunEnd, { key }: Wait, terminal: Terminal): void {
  if (end.kind === 'ended') printRuns([end.run], terminal, 'none');
  else if (end.kind === 'skipped')
    terminal.notice(`${terminal.paintNotice('yellow', 'Not run:')} ${key}: ${end.decision.outcome}.`);
  else
    terminal.notice(`${terminal.paintNotice('yellow', 'Still running:')} ${key} goes on; see escapement logs ${key}.`);
}
