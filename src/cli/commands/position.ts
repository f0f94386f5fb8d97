import { UnknownScheduleError } from '../../errors.ts';
import { parseExpression } from '../../machines/calendar/expression.ts';
import { nextOccurrence } from '../../machines/calendar/recurrence.ts';
import { hintFor } from '../../machines/did-you-mean.ts';
import type { ScheduleState } from '../../machines/schedule-state.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { MOMENT, readMoment } from '../input/moment.ts';
import { STORE_OPTION, writeStore } from '../input/store-path.ts';
import { UsageError } from '../input/usage-error.ts';
import { utcText } from '../output/instant-text.ts';

/** `escapement position`: moves a schedule, so that the occurrences after a time are planned anew. */
export const positionCommand: Command = {
  name: 'position',
  parameters: `<key> --at ${MOMENT}`,
  summary: 'move a schedule to a time, while no scheduler runs',
  options: {
    at: { type: 'string', value: MOMENT, help: 'the occurrences after this time are planned anew' },
    store: STORE_OPTION,
  },
  details: [
    'The time is an instant in ISO 8601 (UTC unless it has an offset), "now", or how\nlong ago it was: 90s, 2h.',
    'Occurrences between this time and the next start count as missed, and the\nschedule decides about them by its policy. Those before it do not run.',
    'While a scheduler has the store, call scheduler.setPosition() in its program.',
    'Example: escapement position report/nightly --at now',
  ],
  run: async (args, terminal) => {
    const nowMs = Date.now();
    const { key, cursorMs } = orderOf(args, nowMs);
    let before: ScheduleState | undefined;
    await writeStore(args, (store) => {
      before = store.queries.schedule(key);
      if (before === undefined) {
        const keys = store.queries.schedules().map((state) => state.key);
        throw new UnknownScheduleError(key, hintFor(key, keys));
      }
      return { kind: 'repositioned', key, atMs: nowMs, how: 'placed', fromMs: before.cursorMs, cursorMs };
    });
    terminal.result(
      `${key} stood at ${utcText(before?.cursorMs ?? cursorMs)}, and now stands at ${utcText(cursorMs)}.`,
    );
    if (before !== undefined) terminal.notice(terminal.paintNotice('dim', nextText(before, cursorMs)));
    return 0;
  },
};

function orderOf(args: CommandArguments, nowMs: number): { readonly key: string; readonly cursorMs: number } {
  const [key, ...others] = args.positionals;
  const time = textOption(args, 'at');
  if (key === undefined || time === undefined)
    throw new UsageError('position needs a schedule key and a time: escapement position report/nightly --at now.');
  if (others.length > 0)
    throw new UsageError(`position takes one key, but ${args.positionals.length} words were given.`);
  return { key, cursorMs: readMoment('Option --at', time, nowMs) };
}

function nextText({ key, declared }: ScheduleState, cursorMs: number): string {
  const nextMs = nextOccurrence(parseExpression(declared.cron, { seed: key }), declared.timezone, cursorMs);
  return `The next occurrence (${declared.cron}, ${declared.timezone}) is ${utcText(nextMs)}.`;
}
