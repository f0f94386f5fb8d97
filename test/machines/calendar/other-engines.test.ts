import { readFileSync } from 'node:fs';
import { CronExpressionParser } from 'cron-parser';
import { Cron } from 'croner';
import nodeCron from 'node-cron';
import { describe, expect, test } from 'vitest';
import { InvalidExpressionError } from '../../../src/errors.ts';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { occurrencesAfter } from '../../../src/machines/calendar/recurrence.ts';

/** Every text in the test files of cron-parser, croner and node-cron that looks like an expression. */
const EXPRESSIONS: readonly string[] = JSON.parse(
  readFileSync(new URL('../../fixtures/other-engines-expressions.json', import.meta.url), 'utf8'),
);
const PAGE = readFileSync(new URL('../../../docs/recurrence.md', import.meta.url), 'utf8');
const FROM_MS = Date.UTC(2026, 0, 31, 12, 34, 56);
const COUNT = 8;

/** What each engine makes of an expression: the next occurrences, or null if it refuses the expression. */
const ENGINES: Readonly<Record<string, (source: string) => readonly number[] | null>> = {
  'cron-parser': (source) => {
    const options = { tz: 'UTC', currentDate: new Date(FROM_MS) };
    const expression = orNull(() => CronExpressionParser.parse(source, options));
    return expression && (orNull(() => Array.from({ length: COUNT }, () => expression.next().getTime())) ?? []);
  },
  croner: (source) => {
    const job = orNull(() => new Cron(source, { paused: true, timezone: 'UTC' }));
    return job?.nextRuns(COUNT, new Date(FROM_MS)).map(Number) ?? null;
  },
  // It does not say what comes next without a task.
  'node-cron': (source) => (nodeCron.validate(source) ? [] : null),
};

function orNull<T>(make: () => T): T | null {
  try {
    return make();
  } catch {
    return null;
  }
}

function refusal(source: string): string | undefined {
  try {
    parseExpression(source);
    return undefined;
  } catch (error) {
    expect(error, source).toBeInstanceOf(InvalidExpressionError);
    return (error as InvalidExpressionError).reason;
  }
}

/** What we refuse although two others accept it: how we say so, and how the page does. */
const DOCUMENTED: readonly (readonly [reason: RegExp, onThePage: string])[] = [
  [
    /^("\?" works only in the day fields, not as the [a-z]+: write "\*"[^;]*(; )?)+$/,
    '| `?` outside of the day fields |',
  ],
  [/^[a-z]+ step \d+ must be within/, '| a step beyond its field, `*/61 * * * *` |'],
  [/^it never falls due/, '| what never falls due, `0 0 31W 4 *` |'],
];

describe('the expressions in the tests of three other engines', { timeout: 60_000 }, () => {
  test('are all accepted that two of them accept, except for what the page names', () => {
    expect(EXPRESSIONS.length).toBeGreaterThan(650);
    const agreed = EXPRESSIONS.filter(
      (source) => Object.values(ENGINES).filter((accepts) => accepts(source) !== null).length >= 2,
    );
    expect(agreed.length).toBeGreaterThan(430);
    const refused = agreed.flatMap((source) => {
      const reason = refusal(source);
      return reason === undefined ? [] : [{ source, reason }];
    });
    expect(refused.filter(({ reason }) => !DOCUMENTED.some(([pattern]) => pattern.test(reason)))).toEqual([]);
    for (const [pattern, onThePage] of DOCUMENTED) {
      expect(PAGE, `${pattern}`).toContain(onThePage);
      expect(
        refused.some(({ reason }) => pattern.test(reason)),
        `nothing is refused by ${pattern}`,
      ).toBe(true);
    }
    expect(refused.length).toBeLessThan(15);
  });

  test('fall due when croner and cron-parser say so', () => {
    let comparedCount = 0;
    for (const source of EXPRESSIONS) {
      // `H` is derived from different things.
      if (/(^|[ ,])H/.test(source) || refusal(source) !== undefined) continue;
      const ours = occurrencesAfter(parseExpression(source), 'UTC', { fromMs: FROM_MS, count: COUNT });
      for (const name of ['cron-parser', 'croner']) {
        const theirs = ENGINES[name]?.(source);
        if (!theirs?.length) continue;
        expect(theirs, `${source} by ${name}`).toEqual(ours.slice(0, theirs.length));
        comparedCount += 1;
      }
    }
    expect(comparedCount).toBeGreaterThan(800);
  });

  test('are refused by us with a reason that says more than that they are wrong', () => {
    for (const source of EXPRESSIONS) {
      const reason = refusal(source);
      if (reason !== undefined) expect(reason, source).toMatch(/must|works only|: |never falls due/);
    }
  });
});
