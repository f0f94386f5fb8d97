import { FAILURES } from '../../../machines/run.ts';
import type { ScheduleDetail } from '../../../supervisor/operator-reports.ts';
import type { Command } from '../../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../../exit-codes.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { onlyWord } from '../../input/words.ts';
import { printOverview, printSchedule } from '../../output/operating/operating-report.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';

const BAD_STATES: readonly string[] = ['faulted', 'quarantined'];

/** `escapement status`: how a running scheduler, or one of its schedules, stands. */
export const statusCommand: Command = {
  name: 'status',
  parameters: '[<key>]',
  summary: 'show how a running scheduler or a schedule stands',
  options: REMOTE_OPTIONS,
  details: [
    ...remoteHelp({
      exitCodes: '1 if the scheduler has problems, or if the schedule is faulted or quarantined or its last run failed',
      example: 'escapement status report/nightly',
    }),
  ],
  run: async (args, terminal) => {
    const key = args.positionals.length === 0 ? null : onlyWord(args, 'a schedule key', 'status report/nightly');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const remote = await remoteScheduler(args);
    const isJson = args.values['json'] === true;
    return key === null ? statusOfAll(remote, terminal, isJson) : statusOfOne(remote, key, terminal, isJson);
  },
};

async function statusOfAll(remote: RemoteScheduler, terminal: Terminal, isJson: boolean): Promise<number> {
  const overview = await remote.overview();
  if (isJson) terminal.result(JSON.stringify(overview, null, 2));
  else printOverview(overview, terminal);
  return overview.problems.length === 0 ? EXIT_DONE : EXIT_FAILED;
}

async function statusOfOne(remote: RemoteScheduler, key: string, terminal: Terminal, isJson: boolean): Promise<number> {
  const detail = await remote.schedule(key);
  if (isJson) terminal.result(JSON.stringify(detail, null, 2));
  else printSchedule(detail, (await remote.overview()).nowMs, terminal);
  return isBad(detail) ? EXIT_FAILED : EXIT_DONE;
}

function isBad({ schedule: { state, lastRun } }: ScheduleDetail): boolean {
  return BAD_STATES.includes(state) || (lastRun !== undefined && FAILURES.has(lastRun.outcome));
}
