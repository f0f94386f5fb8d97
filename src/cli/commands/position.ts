import { hostname } from 'node:os';
import { UnknownScheduleError } from '../../errors.ts';
import { anchored } from '../../machines/calendar/anchors.ts';
import { parseExpression } from '../../machines/calendar/expression.ts';
import { nextOccurrence } from '../../machines/calendar/recurrence.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import type { LedgerEntry } from '../../machines/ledger/entries.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { MOMENT, type Moment, readMoment } from '../input/moment.ts';
import { PASSWORD_ADVICE, STORE_OPTIONS, writeStore } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import { utcText } from '../output/instant-text.ts';
import type { Terminal } from '../output/terminal.ts';

/** What was written. */
interface Done {
  readonly before: ScheduleState;
  /** Where the schedule stands now, epoch milliseconds. */
  readonly cursorMs: number;
  readonly nodeCount: number;
}

/** `escapement position`: moves a schedule, so that the occurrences after a time are planned anew. */
export const positionCommand: Command = {
  name: 'position',
  parameters: `<key> --at ${MOMENT}`,
  summary: 'move a schedule to a time',
  options: {
    at: { type: 'string', value: MOMENT, help: 'the occurrences after this time are planned anew' },
    ...STORE_OPTIONS,
  },
  details: [
    'The time is an instant in ISO 8601 (UTC unless it has an offset), "now", or how\nlong ago it was: 90s, 2h.',
    'Occurrences between this time and the next start count as missed, and the\nschedule decides about them by its policy. Those before it do not run.',
    'While a scheduler has a SQLite store, call scheduler.setPosition() in its\nprogram. A store in Postgres may be in use: its nodes follow.',
    PASSWORD_ADVICE,
    'Example: escapement position report/nightly --at now',
  ],
  run: async (args, terminal) => {
    const { key, at } = orderOf(args);
    let done: Done | undefined;
    await writeStore(args, ({ schedules, nowMs, nodeCount }) => {
      const before = schedules.find((state) => state.key === key);
      if (before === undefined) {
        const keys = schedules.map((state) => state.key);
        throw new UnknownScheduleError(key, hintFor(key, keys));
      }
      done = { before, cursorMs: at(nowMs), nodeCount };
      const { cursorMs } = done;
      const placed = {
        kind: 'repositioned',
        key,
        atMs: nowMs,
        how: 'placed',
        fromMs: before.cursorMs,
        cursorMs,
      } as const;
      return [placed, operated(key, { nowMs, cursorMs })];
    });
    if (done !== undefined) print(done, terminal);
    return 0;
  },
};

/** What the audit trail keeps of it. */
function operated(
  key: string,
  { nowMs, cursorMs }: { readonly nowMs: number; readonly cursorMs: number },
): LedgerEntry {
  const by = 'command line';
  const note = new Date(cursorMs).toISOString();
  return { kind: 'operated', operation: { atMs: nowMs, nodeId: hostname(), by, action: 'set-position', key, note } };
}

function orderOf(args: CommandArguments): { readonly key: string; readonly at: Moment } {
  const [key, ...others] = args.positionals;
  const time = textOption(args, 'at');
  if (key === undefined || time === undefined)
    throw new UsageError('position needs a schedule key and a time: escapement position report/nightly --at now.');
  if (others.length > 0)
    throw new UsageError(`position takes one key, but ${args.positionals.length} words were given.`);
  return { key, at: readMoment('Option --at', time) };
}

function print({ before, cursorMs, nodeCount }: Done, terminal: Terminal): void {
  terminal.result(`${before.key} stood at ${utcText(before.cursorMs)}, and now stands at ${utcText(cursorMs)}.`);
  const notes = [nextText(before, cursorMs), ...(nodeCount === 0 ? [] : [nodesText(nodeCount)])];
  for (const note of notes) terminal.notice(terminal.paintNotice('dim', note));
}

function nodesText(count: number): string {
  const nodes = count === 1 ? '1 node is running: it follows' : `${count} nodes are running: they follow`;
  return `${nodes} within seconds, except for a node-local schedule.`;
}

function nextText({ key, declared, createdAtMs }: ScheduleState, cursorMs: number): string {
  const expression = anchored(parseExpression(declared.cron, { seed: key }), { createdAtMs, startMs: null });
  if (expression.kind === 'start') return `It falls due once after each start (${declared.cron}).`;
  const nextMs = nextOccurrence(expression, declared.timezone, cursorMs);
  return `The next occurrence (${declared.cron}, ${declared.timezone}) is ${utcText(nextMs)}.`;
}
