import { isCountedFromStart } from '../../machines/calendar/anchors.ts';
import { parseExpression } from '../../machines/calendar/expression.ts';
import { canonicalTimezone } from '../../machines/calendar/time-zone.ts';
import type { Command, CommandArguments } from '../command.ts';
import { textOption } from '../input/arguments.ts';
import { UsageError } from '../input/usage-error.ts';
import { wholeNumberOption } from '../input/whole-number.ts';
import { localText, readInstant, utcText } from '../output/instant-text.ts';
import type { Terminal } from '../output/terminal.ts';
import { upcoming } from '../output/upcoming.ts';

const DEFAULT_COUNT = 5;
const MAX_COUNT = 10_000;
const FROM_START = 'Counted from --from, as if the schedule began then.';

/** `escapement next`: when an expression falls due. */
export const nextCommand: Command = {
  name: 'next',
  parameters: '"<expression>"',
  summary: 'show when an expression falls due next',
  options: {
    timezone: { type: 'string', value: '<zone>', help: 'IANA zone of the expression (default: UTC)' },
    from: { type: 'string', value: '<instant>', help: 'list occurrences after it, in ISO 8601 (default: now)' },
    count: { type: 'string', value: '<n>', help: `how many to list (default: ${DEFAULT_COUNT})` },
    seed: { type: 'string', value: '<key>', help: 'schedule key from which "H" is derived' },
    json: { type: 'boolean', help: 'print JSON' },
  },
  details: [
    'An expression is an interval (30s, PT5M), a cron expression of 5 or 6 fields, or\na nickname (@daily, @every 5m). Put quotes around it: the shell expands *.',
    'Example: escapement next "30 2 * * *" --timezone Europe/Paris --from 2026-03-28',
  ],
  run: async (args, terminal) => {
    const expression = expressionOf(args);
    const timezone = canonicalTimezone(textOption(args, 'timezone') ?? 'UTC');
    const from = textOption(args, 'from');
    const fromMs = from === undefined ? Date.now() : readInstant('Option --from', from);
    const seed = textOption(args, 'seed') ?? '';
    const count = wholeNumberOption(args, 'count', { byDefault: DEFAULT_COUNT, max: MAX_COUNT });
    const parsed = parseExpression(expression, { seed });
    const occurrences = upcoming({ expression, timezone, seed }, fromMs, count);
    if (args.values['json'])
      terminal.result(JSON.stringify({ expression, timezone, occurrences: occurrences.map(utcText) }, null, 2));
    else print(occurrences, timezone, terminal);
    if (parsed.kind === 'start')
      terminal.notice('It falls due once after each start of the scheduler, so no instant can be listed.');
    else if (isCountedFromStart(parsed)) terminal.notice(terminal.paintNotice('dim', FROM_START));
    return 0;
  },
};

function print(occurrences: readonly number[], timezone: string, terminal: Terminal): void {
  for (const atMs of occurrences) {
    const local = localText(atMs, timezone);
    terminal.result(timezone === 'UTC' ? local : `${local}  ${terminal.paint('dim', utcText(atMs))}`);
  }
}

function expressionOf({ positionals }: CommandArguments): string {
  const [expression, ...others] = positionals;
  if (expression === undefined) throw new UsageError('next needs an expression: escapement next "*/5 * * * *".');
  if (others.length > 0) {
    throw new UsageError(
      `next takes one expression, but ${positionals.length} words were given: put quotes around it.`,
    );
  }
  return expression;
}
