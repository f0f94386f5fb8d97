import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { RunRecord, Scheduler } from '../../src/index.ts';
import { nextRun, startScheduler, temporaryFolder } from '../support/scheduler-harness.ts';

const RIGHT = `export const cron = '@yearly';`;

/** A plugin in two files, and another one, whose reload replaces all threads. */
class Plugins {
  readonly #folder = temporaryFolder();
  readonly files = [join(this.#folder, 'p.mjs'), join(this.#folder, 'other.mjs')];
  /** Where a version that must not run would leave a trace. */
  readonly trace = join(this.#folder, 'trace');

  async write(): Promise<this> {
    await this.writeEntry({ run: '() => {}' });
    await this.writePart(RIGHT);
    const [, other = ''] = this.files;
    await writeFile(
      other,
      `export default { name: 'other', schedules: () => [{ id: 'b', cron: '@yearly' }], run: () => {} };`,
    );
    return this;
  }

  async writeEntry({ run, schedules = `[{ id: 'a', cron }]` }: { run: string; schedules?: string }): Promise<void> {
    const [entry = ''] = this.files;
    const head = `import { writeFileSync } from 'node:fs'; import { cron } from './part.mjs';`;
    await writeFile(entry, `${head} export default { name: 'p', schedules: () => ${schedules}, run: ${run} };`);
  }

  writePart(text: string): Promise<void> {
    return writeFile(join(this.#folder, 'part.mjs'), text);
  }

  get traced(): string {
    return `() => writeFileSync(${JSON.stringify(this.trace)}, '')`;
  }
}

async function run(scheduler: Scheduler, key = 'p/a'): Promise<RunRecord> {
  const ran = nextRun(scheduler);
  await scheduler.trigger(key);
  return ran;
}

/** Until a new worker has started, the old ones go on with the other plugin. */
async function replaceWorkers(scheduler: Scheduler): Promise<void> {
  await scheduler.reload('other');
  await run(scheduler, 'other/b');
}

describe('a version that a reload has refused', { timeout: 120_000 }, () => {
  test.each([
    ['thread', 'declares something invalid', { schedules: `[{ id: 'a', cron: '61 * * * *' }]` }],
    ['thread', 'fails to declare', { schedules: `(() => { throw new Error('no'); })()` }],
    ['thread', 'imports what makes it invalid', { part: `export const cron = '61 * * * *';` }],
    ['process', 'declares something invalid', { schedules: `[{ id: 'a', cron: '61 * * * *' }]` }],
  ] as const)(
    'does not run in a new %s when it %s',
    async (isolation, _why, changed: { part?: string; schedules?: string }) => {
      const plugins = await new Plugins().write();
      const modules = plugins.files.map((module) => ({ module, isolation }));
      const scheduler = await startScheduler({ plugins: modules, pool: { minThreads: 1, maxThreads: 1 } });
      await plugins.writeEntry({ run: plugins.traced, ...changed });
      await plugins.writePart(changed.part ?? RIGHT);
      await expect(scheduler.reload('p')).rejects.toThrow();
      expect(await run(scheduler)).toMatchObject({ outcome: 'succeeded' });

      await replaceWorkers(scheduler);
      const refused = await run(scheduler);
      expect(refused).toMatchObject({
        outcome: 'failed',
        error: {
          name: 'PluginLoadError',
          message: expect.stringMatching(/a later one was refused|its schedules\(\) failed/),
        },
      });
      expect(existsSync(plugins.trace)).toBe(false);

      await plugins.write();
      await scheduler.reload('p');
      expect(await run(scheduler)).toMatchObject({ outcome: 'succeeded' });
    },
  );

  test('is no longer in the way once the file is again what it was', async () => {
    const plugins = await new Plugins().write();
    const scheduler = await startScheduler({ plugins: plugins.files });
    await plugins.writePart(`export const cron = '61 * * * *';`);
    await expect(scheduler.reload('p')).rejects.toThrow('61');
    await plugins.write();
    await replaceWorkers(scheduler);
    expect(await run(scheduler)).toMatchObject({ outcome: 'succeeded' });
  });
});
