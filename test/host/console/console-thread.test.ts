import { readdirSync } from 'node:fs';
import { getPriority } from 'node:os';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ConsoleThread } from '../../../src/host/console/console-thread.ts';
import { MAX_RESTARTS } from '../../../src/host/restarting/restart-intensity.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';

const CONFIG = {
  port: 0,
  host: '127.0.0.1',
  socket: null,
  token: null,
  isReadOnly: false,
  version: '0.0.0',
  nodeId: 'node',
  timezone: 'UTC',
  notify: null,
};

function threadOf(entry?: string): {
  thread: ConsoleThread;
  warnings: readonly SchedulerWarning[];
  stopped: Promise<SchedulerWarning[]>;
} {
  const warnings: SchedulerWarning[] = [];
  const stopped = Promise.withResolvers<SchedulerWarning[]>();
  const surroundings = {
    attach: () => () => {},
    warned: (warning: SchedulerWarning) => {
      warnings.push(warning);
      if (warning.code === 'console-stopped') stopped.resolve(warnings);
    },
  };
  const entryUrl = entry === undefined ? undefined : new URL(`../../fixtures/console/${entry}`, import.meta.url);
  const thread = new ConsoleThread(CONFIG, surroundings, entryUrl);
  onTestFinished(() => thread.close(1_000));
  return { thread, warnings, stopped: stopped.promise };
}

describe('ConsoleThread', () => {
  test('gives up a thread that dies again and again', { timeout: 40_000 }, async () => {
    const { thread, stopped } = threadOf('dying-entry.ts');
    await thread.open();
    const warnings = await stopped;
    expect(warnings.filter(({ code }) => code === 'console-restarted')).toHaveLength(MAX_RESTARTS);
    expect(warnings.at(-1)?.message).toBe(
      "The console's thread died (no console lives for ever) again and again: the scheduler goes on without a console.",
    );
    expect(thread.address).toBeNull();
  });

  test('ends a thread that does not hear that it should end', { timeout: 40_000 }, async () => {
    const { thread } = threadOf('deaf-entry.ts');
    await thread.open();
    expect(thread.address).toEqual({ url: 'http://127.0.0.1:1', socket: null });
    await thread.close(50);
    expect(thread.address).toBeNull();
  });

  test('passes on what its thread says when it is closed', async () => {
    const { thread, warnings } = threadOf('last-word-entry.ts');
    await thread.open();
    await thread.close(10_000);
    expect(warnings).toEqual([{ code: 'notify-dropped', message: '7 notices' }]);
  });

  test.runIf(process.platform === 'linux')('lets the work of its host go first', async () => {
    const { thread } = threadOf();
    const before = nicenesses();
    await thread.open();
    expect(nicenesses().filter(({ id }) => !before.some((known) => known.id === id))).toContainEqual({
      id: expect.any(Number),
      niceness: getPriority() + 5,
    });
  });
});

/** Of the threads of this process. */
function nicenesses(): { id: number; niceness: number }[] {
  return readdirSync('/proc/self/task').map((task) => ({ id: Number(task), niceness: getPriority(Number(task)) }));
}
