import { describe, expect, test } from 'vitest';
import { consoleApp } from '../../../../src/console/http/console-app.ts';
import { openGate } from '../../../../src/console/http/gates/gate.ts';
import { shared } from '../../../../src/console/http/serving/shared-answer.ts';
import type { SchedulerSource } from '../../../../src/console/scheduler-source.ts';

/** A scheduler that answers each question with a number, one higher each time, when it is told to. */
function slowSource() {
  const waiting: (() => void)[] = [];
  let count = 0;
  const source = {
    ask: () =>
      new Promise((resolve) => {
        count += 1;
        const answer = { provides: [`<${count}>`], plugins: [] };
        waiting.push(() => resolve(answer));
      }),
    listen: () => () => {},
  } as unknown as SchedulerSource;
  return {
    source,
    answerNext: () => waiting.shift()?.(),
    get count() {
      return count;
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('an answer that is shared', () => {
  test('is made once for all who ask while another one is made, and is never older than the question', async () => {
    const asked = slowSource();
    const { source } = asked;
    const answerOf = shared((of) => of.ask('stats', null));
    const first = answerOf(source);
    const others = Array.from({ length: 50 }, () => answerOf(source));
    await turn();
    expect(asked.count).toBe(1);
    asked.answerNext();
    expect(await first).toMatchObject({ provides: ['<1>'] });
    await turn();
    expect(asked.count).toBe(2);
    const late = answerOf(source);
    asked.answerNext();
    for (const answer of await Promise.all(others)) expect(answer).toMatchObject({ provides: ['<2>'] });
    await turn();
    asked.answerNext();
    expect(await late).toMatchObject({ provides: ['<3>'] });
    const alone = answerOf(source);
    asked.answerNext();
    expect(await alone).toMatchObject({ provides: ['<4>'] });
  });

  test('is asked for again after a refusal, which those who share it get', async () => {
    let count = 0;
    const answerOf = shared(async () => {
      count += 1;
      if (count < 3) throw new Error(`no ${count}`);
      return count;
    });
    const { source } = slowSource();
    const asked = await Promise.allSettled([answerOf(source), answerOf(source), answerOf(source)]);
    expect(asked.map((answer) => (answer.status === 'rejected' ? answer.reason.message : answer.value))).toEqual([
      'no 1',
      'no 2',
      'no 2',
    ]);
    expect(await answerOf(source)).toBe(3);
  });

  test('asks the scheduler no more often than its answers come, whoever asks for its gauges', async () => {
    const asked = slowSource();
    const app = consoleApp({
      source: asked.source,
      isReadOnly: true,
      gate: openGate({ name: 'somebody', canAct: false }),
      readPage: async () => null,
      basePath: '',
    });
    const answers = Array.from({ length: 60 }, () => app.answer(new Request('http://localhost/api/stats')));
    await turn();
    expect(asked.count).toBe(1);
    asked.answerNext();
    await turn();
    await turn();
    expect(asked.count).toBe(2);
    asked.answerNext();
    const texts = await Promise.all(answers.map(async (answer) => (await answer).text()));
    expect(texts[0]).toBe('{"provides":["\\u003c1>"],"plugins":[]}');
    expect(new Set(texts.slice(1))).toEqual(new Set(['{"provides":["\\u003c2>"],"plugins":[]}']));
    const { headers } = (await await answers[0]) as Response;
    expect(headers.get('content-type')).toBe('application/json; charset=utf-8');
  });
});
