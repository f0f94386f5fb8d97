import type { StoreFile } from '../../backends/sqlite/store-thread/store-file.ts';
import { UnknownScheduleError } from '../../errors.ts';
import type { HistoryQuery, HistoryRecord, Outcome } from '../../index.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import { RUN_OUTCOMES } from '../../machines/run.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { MOMENT, readMoment } from '../input/moment.ts';
import { readStore, STORE_OPTION } from '../input/store-path.ts';
import { didYouMean, UsageError } from '../input/usage-error.ts';
import { wholeNumberOption } from '../input/whole-number.ts';
import { printRuns } from '../output/run-report.ts';

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 1_000_000;
/** Outcomes that have a record. For occurrences that did not run, there is `escapement explain`. */
const RECORDED: readonly Outcome[] = [...RUN_OUTCOMES, 'pool-full'];

/** `escapement history`: which runs there were, and how did they end? */
export const historyCommand: Command = {
  name: 'history',
  parameters: '',
  summary: 'show the runs that a store remembers, newest first',
  options: {
    store: STORE_OPTION,
    key: { type: 'string', value: '<key>', help: 'only runs of this schedule' },
    outcome: { type: 'string', value: '<outcome>', help: 'only runs with this outcome: failed, timed-out, …' },
    since: {
      type: 'string',
      value: MOMENT,
      help: 'only runs that ended then or later: 2026-03-29, 2h (ago)',
    },
    until: { type: 'string', value: MOMENT, help: 'only runs that ended before then' },
    run: { type: 'string', value: '<id>', help: 'this run with its log; the beginning of its id is enough' },
    limit: { type: 'string', value: '<n>', help: `how many runs to show at most (default: ${DEFAULT_LIMIT})` },
    log: { type: 'boolean', help: 'show what each run logged, and the stack of its error' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'A running scheduler may be using the store. Times are UTC.',
    'Example: escapement history --key report/nightly --outcome failed --since 7d',
  ],
  run: async (args, terminal) => {
    if (args.positionals.length > 0)
      throw new UsageError(`history takes options only: write --key ${args.positionals[0]}.`);
    const query = queryOf(args);
    const runs = await readStore(args, (store) => find(store, query));
    if (args.values['json']) terminal.result(JSON.stringify(runs, null, 2));
    else if (runs.length === 0) terminal.notice('No such run.');
    else printRuns(runs, terminal, query.withLog === true ? 'log' : 'none');
    return 0;
  },
};

function queryOf(args: CommandArguments): HistoryQuery {
  const nowMs = Date.now();
  const moment = (name: 'since' | 'until'): { [name]?: number } => {
    const text = textOption(args, name);
    return text === undefined ? {} : { [name]: readMoment(`Option --${name}`, text, nowMs) };
  };
  const [key, outcome, runId] = ['key', 'outcome', 'run'].map((name) => textOption(args, name));
  return {
    ...(key !== undefined && { key }),
    ...(outcome !== undefined && { outcome: outcomeOf(outcome) }),
    ...(runId !== undefined && { runId }),
    ...moment('since'),
    ...moment('until'),
    limit: wholeNumberOption(args, 'limit', { byDefault: DEFAULT_LIMIT, max: MAX_LIMIT }),
    withLog: args.values['log'] === true || runId !== undefined,
  };
}

function outcomeOf(text: string): Outcome {
  const outcome = RECORDED.find((known) => known === text);
  if (outcome !== undefined) return outcome;
  throw new UsageError(
    `Option --outcome: "${text}" is not an outcome of a run.${didYouMean(text, RECORDED) || ` It must be one of ${RECORDED.join(', ')}.`}`,
  );
}

function find(store: StoreFile, query: HistoryQuery): readonly HistoryRecord[] {
  const { key, runId, limit } = query;
  const keys = key === undefined ? [] : store.keys();
  if (key !== undefined && !keys.includes(key)) throw new UnknownScheduleError(key, hintFor(key, keys));
  const runs = store.history(query);
  if (runId === undefined || runs.length > 0) return runs;
  // The table shows only the beginning of an id. This search leaves out the logs, which may be large.
  const { runId: _, ...others } = query;
  const beginning = runId.toLowerCase();
  return store
    .history({ ...others, limit: MAX_LIMIT, withLog: false })
    .filter((run) => run.runId.startsWith(beginning))
    .slice(0, limit)
    .flatMap((run) => store.history({ runId: run.runId, withLog: true }));
}
