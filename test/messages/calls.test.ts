/** What is said of wrong options and arguments: nothing of it starts a thread. */
import { runInThisContext } from 'node:vm';
import { expect, test } from 'vitest';
import * as escapement from '../../src/index.ts';
import { MistakeTable } from './mistake-table.ts';

const NAMES = Object.keys(escapement);

async function messageOf(expression: string): Promise<string> {
  const call = runInThisContext(`(async ({ ${NAMES.join(', ')} }) => (${expression}))`) as (
    exported: typeof escapement,
  ) => Promise<unknown>;
  return call(escapement).then(
    () => 'This was accepted.',
    (error: unknown) => (error instanceof escapement.EscapementError ? error.message : `Raw: ${error}`),
  );
}

test('every mistake in a call has its message', async () => {
  const table = new MistakeTable('calls');
  const messages: string[] = [];
  for (const { wrote } of table.mistakes) messages.push(await messageOf(wrote.join('\n')));

  const { expected, seen } = table.comparison(messages);
  expect(seen).toBe(expected);
  expect(table.mistakes.length).toBeGreaterThanOrEqual(80);
});
