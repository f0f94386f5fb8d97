import { beforeEach, expect, test, vi } from 'vitest';
import { parseExpression } from '../../../src/machines/calendar/expression.ts';
import { nextOccurrence } from '../../../src/machines/calendar/recurrence.ts';
import { offsetSpanAt } from '../../../src/machines/calendar/time-zone.ts';

vi.mock(import('../../../src/machines/calendar/time-zone.ts'), async (original) => {
  const real = await original();
  return { ...real, offsetSpanAt: vi.fn(real.offsetSpanAt) };
});

beforeEach(() => {
  vi.mocked(offsetSpanAt).mockClear();
});

test.each([
  ['0 0 29 2 *', 'Europe/Paris', '2096-03-01T00:00:00Z', '2104-02-28T23:00:00.000Z'],
  ['30 2 29 2 *', 'America/New_York', '2025-03-09T07:00:00Z', '2028-02-29T07:30:00.000Z'],
  // The island has left this day out.
  ['0 12 30 12 *', 'Pacific/Apia', '2011-12-29T00:00:00Z', '2012-12-29T22:00:00.000Z'],
])('%s in %s after %s is found without a look at each summer in between', (cron, timezone, from, expected) => {
  const foundMs = nextOccurrence(parseExpression(cron), timezone, Date.parse(from));
  expect(new Date(foundMs).toISOString()).toBe(expected);
  expect(vi.mocked(offsetSpanAt).mock.calls.length).toBeLessThanOrEqual(3);
});
