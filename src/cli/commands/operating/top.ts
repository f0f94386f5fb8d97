import type { Command } from '../../command.ts';
import { EXIT_DONE } from '../../exit-codes.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { noWords } from '../../input/words.ts';
import { printLiveRuns, printOverview, printScheduleTable } from '../../output/operating/operating-report.ts';
import type { Terminal } from '../../output/terminal.ts';
import type { RemoteScheduler } from '../../remote/remote-scheduler.ts';

/** How many schedules are printed where nobody can scroll. */
const PRINTED = 20;

/** `escapement top`: what a scheduler is doing, live. */
export const topCommand: Command = {
  name: 'top',
  parameters: '',
  summary: 'watch what a running scheduler is doing',
  options: REMOTE_OPTIONS,
  details: [
    'On a terminal it is a screen that follows the scheduler: arrows (or j and k)\nchoose a schedule, enter opens it with its runs and its log, esc goes back and q\nquits. Elsewhere it prints once how things stand.',
    ...remoteHelp({ exitCodes: '0 when you quit, or it has printed' }),
  ],
  run: async (args, terminal) => {
    noWords(args, 'top');
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const remote = await remoteScheduler(args);
    const { hasScreen } = await import('../../live/screen.ts');
    const isJson = args.values['json'] === true;
    if (isJson || !hasScreen()) return printOnce(remote, terminal, isJson);
    const { LiveTop } = await import('../../live/live-top.ts');
    return LiveTop.run(remote);
  },
};

async function printOnce(remote: RemoteScheduler, terminal: Terminal, isJson: boolean): Promise<number> {
  const [overview, live, stats, { total, schedules }] = await Promise.all([
    remote.overview(),
    remote.live(),
    remote.stats(),
    remote.schedules({ sort: 'problem', limit: PRINTED }),
  ]);
  if (isJson) terminal.result(JSON.stringify({ overview, live, stats, total, schedules }, null, 2));
  else {
    printOverview(overview, terminal);
    if (live.length > 0) printLiveRuns(live, overview.nowMs, terminal);
    printScheduleTable(schedules, terminal);
    if (total > schedules.length)
      terminal.notice(terminal.paintNotice('dim', `These are ${schedules.length} of ${total}: see escapement list.`));
  }
  return EXIT_DONE;
}
