import { UnknownScheduleError } from '../../errors.ts';
import type { HistoryRecord, Outcome } from '../../index.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import type { RunSearch } from '../../machines/history.ts';
import { RUN_OUTCOMES } from '../../machines/run.ts';
import type { Command, CommandArguments } from '../command.ts';
import { EXIT_DONE, EXIT_FAILED } from '../exit-codes.ts';
import { textOption } from '../input/arguments.ts';
import { MOMENT, type Moment, readMoment } from '../input/moment.ts';
import { isPostgresUrl } from '../input/postgres-place.ts';
import { PASSWORD_ADVICE, type ReadableStore, readStore, STORE_OPTIONS } from '../input/store-path.ts';
import { didYouMean, UsageError } from '../input/usage-error.ts';
import { wholeNumberOption } from '../input/whole-number.ts';
import { printRuns, type RunDetail } from '../output/run-report.ts';

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
    ...STORE_OPTIONS,
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
    log: { type: 'boolean', help: 'show what each run logged, and the stack of its error (with --debug: all of it)' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'A running scheduler may be using the store. Times are UTC.',
    PASSWORD_ADVICE,
    'Example: escapement history --key report/nightly --outcome failed --since 7d',
  ],
  run: async (args, terminal) => {
    const [word] = args.positionals;
    if (word !== undefined)
      throw new UsageError(`history takes options only: write --${isPostgresUrl(word) ? 'store' : 'key'} ${word}.`);
    const queryAt = queryOf(args);
    const runs = await readStore(args, (store, nowMs) => find(store, queryAt(nowMs)));
    if (args.values['json']) terminal.result(JSON.stringify(runs, null, 2));
    else if (runs.length === 0) terminal.notice(nothingText(args));
    else printRuns(runs, terminal, detailOf(args));
    return runs.length === 0 && textOption(args, 'run') !== undefined ? EXIT_FAILED : EXIT_DONE;
  },
};

/** Who asks for one run wants to know that it is not there; no run in a time may be the good news. */
function nothingText(args: CommandArguments): string {
  const id = textOption(args, 'run');
  return id === undefined ? 'The store has no such run.' : `The store has no run whose id begins with "${id}".`;
}

/** The query at a time, epoch milliseconds. @throws UsageError */
function queryOf(args: CommandArguments): (nowMs: number) => RunSearch {
  const moment = (name: 'since' | 'until'): Moment | undefined => {
    const text = textOption(args, name);
    return text === undefined ? undefined : readMoment(`Option --${name}`, text);
  };
  const [key, outcome, runId] = ['key', 'outcome', 'run'].map((name) => textOption(args, name));
  const [since, until] = [moment('since'), moment('until')];
  const search: RunSearch = {
    ...(key !== undefined && { key }),
    ...(outcome !== undefined && { outcome: outcomeOf(outcome) }),
    // The table shows only the beginning of an id.
    ...(runId !== undefined && { runIdPrefix: runId.toLowerCase() }),
    limit: wholeNumberOption(args, 'limit', { byDefault: DEFAULT_LIMIT, max: MAX_LIMIT }),
    withLog: withLog(args),
  };
  return (nowMs) => ({
    ...search,
    ...(since && { since: since(nowMs) }),
    ...(until && { until: until(nowMs) }),
  });
}

function detailOf(args: CommandArguments): RunDetail {
  if (!withLog(args)) return 'none';
  return args.values['debug'] === true ? 'whole stacks' : 'log';
}

function withLog(args: CommandArguments): boolean {
  return args.values['log'] === true || textOption(args, 'run') !== undefined;
}

function outcomeOf(text: string): Outcome {
  const outcome = RECORDED.find((known) => known === text);
  if (outcome !== undefined) return outcome;
  throw new UsageError(
    `Option --outcome: "${text}" is not an outcome of a run.${didYouMean(text, RECORDED) || ` It must be one of ${RECORDED.join(', ')}.`}`,
  );
}

async function find(store: ReadableStore, query: RunSearch): Promise<readonly HistoryRecord[]> {
  const { key } = query;
  const keys = key === undefined ? [] : await store.keys();
  if (key !== undefined && !keys.includes(key)) throw new UnknownScheduleError(key, hintFor(key, keys));
  return store.history(query);
}
