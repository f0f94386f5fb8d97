import { describe, expect, test } from 'vitest';
import { Questions } from '../../src/wire/questions.ts';

/** Questions whose ids were sent, in order. */
function open(): { readonly questions: Questions; readonly sent: number[]; ask(): Promise<unknown> } {
  const questions = new Questions();
  const sent: number[] = [];
  return { questions, sent, ask: () => questions.ask((id) => sent.push(id)) };
}

describe('questions', () => {
  test('are answered by their own ids, in any order', async () => {
    const { questions, sent, ask } = open();
    const asked = [ask(), ask()];
    questions.answer(sent[1] ?? 0, 'second');
    questions.answer(sent[0] ?? 0, 'first');
    expect(await Promise.all(asked)).toEqual(['first', 'second']);
    expect(questions.size).toBe(0);
  });

  test('reject with the error by which they are refused', async () => {
    const { questions, sent, ask } = open();
    const asked = expect(ask()).rejects.toThrow('no');
    questions.refuse(sent[0] ?? 0, new Error('no'));
    await asked;
  });

  test('are answered once: what comes for them later is ignored', async () => {
    const { questions, sent, ask } = open();
    const asked = ask();
    const [id = 0] = sent;
    questions.answer(id, 'first');
    questions.answer(id, 'second');
    questions.refuse(id, new Error('too late'));
    questions.answer(id + 1, 'never asked');
    expect(await asked).toBe('first');
  });

  test('all reject with the cause when the other thread has died', async () => {
    const { questions, ask } = open();
    const asked = [ask(), ask()].map((each) => expect(each).rejects.toThrow('died'));
    questions.refuseAll(new Error('died'));
    await Promise.all(asked);
    expect(questions.size).toBe(0);
  });

  test('that cannot be sent reject, and do not wait', async () => {
    const questions = new Questions();
    const asked = questions.ask(() => {
      throw new Error('DataCloneError');
    });
    await expect(asked).rejects.toThrow('DataCloneError');
    expect(questions.size).toBe(0);
  });
});
