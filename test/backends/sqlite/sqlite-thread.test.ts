import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteThread } from '../../../src/backends/sqlite/sqlite-thread.ts';
import { SystemClock } from '../../../src/supervisor/clocks/system-clock.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

interface Question {
  readonly id: number;
  readonly method: 'echo' | 'refuse' | 'notify' | 'wait' | 'die' | 'close';
}

function started() {
  const endedByItself = new Int32Array(new SharedArrayBuffer(4));
  const notices: unknown[] = [];
  const deaths: string[] = [];
  const noticed = Promise.withResolvers<void>();
  const thread = new SqliteThread<Question, { readonly kind: 'noticed' }>(
    {
      entryUrl: new URL('../../fixtures/programs/answering-thread.ts', import.meta.url),
      name: 'answering',
      workerData: endedByItself,
    },
    {
      received: (notice) => {
        notices.push(notice);
        noticed.resolve();
      },
      died: ({ message }) => deaths.push(message),
    },
  );
  onTestFinished(() => thread.terminate(clock));
  const ask = (method: Question['method']): Promise<unknown> => thread.ask((id) => ({ id, method }));
  return { thread, ask, notices, noticed: noticed.promise, deaths, hasEndedByItself: () => endedByItself[0] === 1 };
}

const clock = new SystemClock();

describe('SqliteThread', () => {
  test('answers each question, or refuses it with the reason', async () => {
    const { ask } = started();
    const refused = expect(ask('refuse')).rejects.toThrow('the file is gone');
    expect(await ask('echo')).toBe('echo');
    await refused;
  });

  test('hands on what does not answer a question', async () => {
    const { thread, noticed, notices } = started();
    thread.post({ id: 0, method: 'notify' });
    await noticed;
    expect(notices).toEqual([{ kind: 'noticed' }]);
  });

  test('rejects what waits when it dies, and at once what is asked later', async () => {
    const { ask, deaths } = started();
    const waiting = expect(ask('wait')).rejects.toThrow('out of order');
    await expect(ask('die')).rejects.toThrow('out of order');
    await waiting;
    await expect(ask('echo')).rejects.toThrow('out of order');
    expect(deaths).toEqual(['out of order']);
  });

  test('has not died when it is terminated', async () => {
    const { thread, ask, deaths } = started();
    const waiting = expect(ask('wait')).rejects.toThrow('it is closed');
    await thread.terminate(clock);
    await waiting;
    expect(deaths).toEqual([]);
  });

  test('lets a thread that was asked to close end by itself', async () => {
    const { thread, ask, deaths, hasEndedByItself } = started();
    await ask('close');
    await thread.closed(clock);
    expect(hasEndedByItself()).toBe(true);
    expect(deaths).toEqual([]);
  });

  test('terminates one that does not', async () => {
    const { thread, ask, hasEndedByItself } = started();
    const waiting = expect(ask('wait')).rejects.toThrow('it is closed');
    await thread.closed(clock);
    await waiting;
    expect(hasEndedByItself()).toBe(false);
  });
});

describe('a process that Node was given flags for', () => {
  test.each(['--max-old-space-size=500', '--stack-size=900', '--expose-gc', '--trace-uncaught', '--no-warnings'])(
    'has stores and locks on SQLite: %s',
    async (flag) => {
      const program = fileURLToPath(new URL('../../fixtures/programs/sqlite-under-flags.ts', import.meta.url));
      const { stdout } = await promisify(execFile)(process.execPath, [flag, program, temporaryFolder()]);
      expect(stdout).toBe('sqlite sqlite\n');
    },
  );
});
