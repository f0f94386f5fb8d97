import { expect, test } from 'vitest';
import { startConsole } from '../../support/console-harness.ts';
import { nextRun } from '../../support/scheduler-harness.ts';

const [TRACE, SPAN] = ['0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331'];
const VALID = `00-${TRACE}-${SPAN}-01`;

test('the trace of a request becomes that of the run, and one that is not valid is ignored', async () => {
  const { ask, scheduler } = await startConsole();
  const traced = async (traceparent: string): Promise<string | undefined> => {
    const ended = nextRun(scheduler);
    const path = '/api/schedules/subject%2Fquiet/trigger';
    const { status } = await ask(path, { method: 'POST', headers: { traceparent } });
    expect([traceparent, status]).toEqual([traceparent, 202]);
    return (await ended).traceparent;
  };
  expect(await traced(VALID)).toBe(VALID);
  const zeros = [`00-${'0'.repeat(32)}-${SPAN}-01`, `00-${TRACE}-${'0'.repeat(16)}-01`];
  for (const invalid of [...zeros, `ff-${TRACE}-${SPAN}-01`, `${VALID}, ${VALID}`, 'none']) {
    expect(await traced(invalid)).toBeUndefined();
  }
});
