import { mkdtemp, readFile, realpath, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CliProcess } from './cli-process.ts';

/** A folder with a configuration file and one plugin, and a process that watches it. */
class Watched {
  readonly folder: string;
  readonly process: CliProcess;

  constructor(folder: string) {
    this.folder = folder;
    this.process = new CliProcess(['run', 'escapement.config.mjs', '--watch'], { cwd: folder });
  }

  static async start(source: string): Promise<Watched> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'escapement-watch-')));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'plugin.mjs'), source);
    const config = `{ plugins: ['./plugin.mjs'], logger: { level: 'silent' }, pool: { maxThreads: 1 } }`;
    await writeFile(join(folder, 'escapement.config.mjs'), `export default ${config};`);
    const watched = new Watched(folder);
    await watched.process.shown('stderr', 'watching 1 folder of plugins');
    return watched;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async stop(): Promise<number | null> {
    this.process.kill('SIGTERM');
    return this.process.exitCode();
  }
}

function version(schedules: string, head = ''): string {
  return `${head}export default { name: 'p', schedules: () => ${schedules}, run: () => {} };`;
}

describe('escapement run --watch', { timeout: 60_000 }, () => {
  test('reloads a plugin whose file was replaced, and says what has changed', async () => {
    const watched = await Watched.start(version(`[{ id: 'a', cron: '@daily' }, { id: 'b', cron: '@daily' }]`));
    // As editors do it: another file takes the place of the first.
    await writeFile(watched.path('plugin.tmp'), version(`[{ id: 'a', cron: '@hourly' }, { id: 'c', cron: '@daily' }]`));
    await rename(watched.path('plugin.tmp'), watched.path('plugin.mjs'));
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    expect(watched.process.stderr).toContain(
      'escapement: reloaded p: 1 added, 1 removed, 1 changed\n  added p/c\n  removed p/b\n',
    );
    expect(await watched.stop()).toBe(0);
  });

  test('refuses what is wrong, and takes what is right again', async () => {
    const watched = await Watched.start(version(`[{ id: 'a', cron: '@daily' }]`));
    await writeFile(watched.path('plugin.mjs'), version(`[{ id: 'a', cron: 'never' }]`));
    await watched.process.shown(
      'stderr',
      'escapement: refused p: the old version goes on\n  Schedule "p/a": cron "never"',
    );
    await writeFile(watched.path('plugin.mjs'), version(`[{ id: 'a', cron: '@weekly' }]`));
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@weekly"\n');
    expect(await watched.stop()).toBe(0);
  });

  test('waits for a file that disappears for a moment, and looks at what is beside it', async () => {
    const watched = await Watched.start(version(`[{ id: 'a', cron: '@daily' }]`));
    const source = await readFile(watched.path('plugin.mjs'), 'utf8');
    await unlink(watched.path('plugin.mjs'));
    await writeFile(
      watched.path('plugin.mjs'),
      `import cron from './cron.mjs';\n${source.replace(`'@daily'`, 'cron')}`,
    );
    // Until it is there too, the plugin may be refused.
    await writeFile(watched.path('cron.mjs'), `export default '@monthly';`);
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@monthly"\n');
    await writeFile(watched.path('cron.mjs'), `export default '@yearly';`);
    await watched.process.shown('stderr', 'changed p/a: cron: "@monthly" is now "@yearly"\n');
    expect(await watched.stop()).toBe(0);
  });
});
