import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import type { Terminal } from '../../src/cli/output/terminal.ts';
import { HotReload } from '../../src/cli/watching/hot-reload.ts';
import { type Scheduler, SupervisorDiedError } from '../../src/index.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';

/** A terminal that keeps what it is given, and says when a line has come. */
class Lines implements Terminal {
  readonly all: string[] = [];
  #heard = (): void => {};

  result(line: string): void {
    this.notice(line);
  }

  notice(line: string): void {
    this.all.push(line);
    this.#heard();
  }

  paint(_: string, text: string): string {
    return text;
  }

  paintNotice(_: string, text: string): string {
    return text;
  }

  async shown(text: string): Promise<void> {
    while (!this.all.some((line) => line.includes(text))) {
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }
}

test('a change while the supervisor thread is restarted is followed when the next one is there', async () => {
  const file = join(temporaryFolder(), 'plugin.mjs');
  await writeFile(file, '');
  const plugin = { name: 'p', module: pathToFileURL(file).href };
  const died = new SupervisorDiedError('its thread has exited');
  // The thread dies before two questions, and then in the middle of a reload.
  const answers = [died, died, { plugins: [plugin] }, { plugins: [plugin] }];
  const reloads = [died, { added: [], removed: [], changed: [], unchanged: ['p/a'] }];
  const next = async (from: unknown[]) => {
    const answer = from.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const scheduler = { manifest: () => next(answers), reload: () => next(reloads) } as unknown as Scheduler;
  const lines = new Lines();
  const hotReload = new HotReload(scheduler, { plugins: [file] }, { terminal: lines, unwatched: [] });
  onTestFinished(() => hotReload.close());
  hotReload.start();
  await writeFile(file, '// changed');
  await lines.shown('reloaded p: 1 unchanged');
  expect(lines.all).toEqual([
    'escapement: watching 1 folder of plugins',
    `escapement: changed ${file}`,
    `escapement: warning: cannot change plugins: ${died.message}; trying again`,
    'escapement: reloaded p: 1 unchanged',
  ]);
  expect([answers, reloads]).toEqual([[], []]);
});
