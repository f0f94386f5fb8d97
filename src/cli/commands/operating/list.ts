import { SCHEDULE_STATES } from '../../../machines/operating/schedule-lists.ts';
import type { SchedulePage } from '../../../supervisor/operator-reports.ts';
import type { Command, CommandArguments } from '../../command.ts';
import { EXIT_DONE } from '../../exit-codes.ts';
import { textOption } from '../../input/arguments.ts';
import { REMOTE_OPTIONS, remoteHelp } from '../../input/remote-options.ts';
import { didYouMean, UsageError } from '../../input/usage-error.ts';
import { wholeNumberOption } from '../../input/whole-number.ts';
import { noWords } from '../../input/words.ts';
import { printScheduleTable } from '../../output/operating/operating-report.ts';
import type { Query, RemoteScheduler } from '../../remote/remote-scheduler.ts';

const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 1_000_000;
/** The most that the scheduler gives in one answer. */
const PAGE_LIMIT = 1_000;

/** `escapement list`: the schedules of a running scheduler. */
export const listCommand: Command = {
  name: 'list',
  parameters: '',
  summary: 'list the schedules of a running scheduler',
  options: {
    state: { type: 'string', value: '<state>', help: 'only in these states: paused,faulted' },
    search: { type: 'string', value: '<text>', help: 'only with this in the key or the description' },
    problems: { type: 'boolean', help: 'only faulted, quarantined, or failed the last time' },
    limit: { type: 'string', value: '<n>', help: `how many at most (default: ${DEFAULT_LIMIT})` },
    ...REMOTE_OPTIONS,
  },
  details: [...remoteHelp({ exitCodes: '0 also if no schedule matches' })],
  run: async (args, terminal) => {
    noWords(args, 'list');
    const query = queryOf(args);
    const limit = wholeNumberOption(args, 'limit', { byDefault: DEFAULT_LIMIT, max: MAX_LIMIT });
    const { remoteScheduler } = await import('../../remote/remote-scheduler.ts');
    const { total, schedules } = await pagesOf(await remoteScheduler(args), query, limit);
    if (args.values['json']) terminal.result(JSON.stringify({ total, schedules }, null, 2));
    else if (schedules.length === 0) terminal.notice('No such schedule.');
    else printScheduleTable(schedules, terminal);
    if (schedules.length < total && schedules.length === limit)
      terminal.notice(terminal.paintNotice('dim', `These are ${limit} of ${total}: see more with --limit ${total}.`));
    return EXIT_DONE;
  },
};

function queryOf(args: CommandArguments): Query {
  const search = textOption(args, 'search');
  const states = textOption(args, 'state')?.split(',') ?? [];
  for (const state of states) {
    if (SCHEDULE_STATES.some((known) => known === state)) continue;
    const hint = didYouMean(state, SCHEDULE_STATES) || ` It must be one of ${SCHEDULE_STATES.join(', ')}.`;
    throw new UsageError(`Option --state: "${state}" is not a state of a schedule.${hint}`);
  }
  return {
    ...(states.length > 0 && { state: states }),
    ...(search !== undefined && { search }),
    ...(args.values['problems'] === true && { problems: true }),
  };
}

/** As many pages as it takes. Schedules may come and go meanwhile, so the last page is the one that is not full. */
async function pagesOf(remote: RemoteScheduler, query: Query, limit: number): Promise<Omit<SchedulePage, 'offset'>> {
  const schedules = new Map<string, SchedulePage['schedules'][number]>();
  let [offset, total] = [0, 0];
  while (offset < limit) {
    const wanted = Math.min(PAGE_LIMIT, limit - offset);
    const page = await remote.schedules({ ...query, offset, limit: wanted });
    for (const schedule of page.schedules) schedules.set(schedule.key, schedule);
    total = page.total;
    offset += page.schedules.length;
    if (page.schedules.length < wanted) break;
  }
  return { total, schedules: [...schedules.values()] };
}
