/** The rules that the arguments of `nextOccurrences()` must keep. */
import { checked, instant, objectOf, text, whole } from './option-rules.ts';
import { valibot } from './valibot.ts';

const MAX_EXPRESSION_LENGTH = 1_000;

// Each throws an InvalidOptionError that names the argument.

export function checkExpression(given: unknown): string {
  return checked(text('an expression, such as "*/5 * * * *",', MAX_EXPRESSION_LENGTH), given, 'expression');
}

export function checkNextOptions(options: unknown): { timezone: string; from?: number | undefined; count: number } {
  const v = valibot();
  const nextOptions = objectOf({
    timezone: v.optional(v.string('an IANA zone'), 'UTC'),
    from: v.optional(instant()),
    count: v.optional(whole(1, 10_000), 1),
  });
  return checked(nextOptions, options, 'options');
}
