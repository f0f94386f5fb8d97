import { mkdir, mkdtemp, readFile, realpath, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { sqliteStore } from '../../src/index.ts';
import { CliProcess } from './cli-process.ts';

/** A folder with a configuration file and plugins, and a process that watches it. */
class Watched {
  readonly folder: string;
  readonly process: CliProcess;

  constructor(folder: string) {
    this.folder = folder;
    this.process = new CliProcess(['run', 'escapement.config.mjs', '--watch'], { cwd: folder });
  }

  static async start(source: string): Promise<Watched> {
    return Watched.startAll({ './plugin.mjs': source });
  }

  /** @param sources By paths of plugins in the folder. */
  static async startAll(
    sources: Readonly<Record<string, string>>,
    onPluginError = 'throw',
    others: Readonly<Record<string, string>> = {},
  ): Promise<Watched> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'escapement-watch-')));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    for (const [path, source] of Object.entries({ ...sources, ...others })) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), source);
    }
    const options = { onPluginError, logger: { level: 'silent' }, pool: { maxThreads: 1 } };
    const config = JSON.stringify({ plugins: Object.keys(sources), ...options });
    await writeFile(join(folder, 'escapement.config.mjs'), `export default ${config};`);
    const watched = new Watched(folder);
    await watched.process.shown('stderr', 'escapement: watching ');
    return watched;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  async stop(): Promise<number | null> {
    this.process.kill('SIGTERM');
    const code = await this.process.exitCode();
    if (code !== 0) throw new Error(`it ended with ${code}: ${this.process.stderr}`);
    return code;
  }
}

function version(schedules: string, head = ''): string {
  return `${head}export default { name: 'p', schedules: () => ${schedules}, run: () => {} };`;
}

const OTHER = version(`[{ id: 'a', cron: '@daily' }]`).replace("'p'", "'q'");
const SQLITE_STORE = sqliteStore({ path: 'taken' }).module;

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

  test('follows a file that an editor replaces again and again, also in a folder that is new', async () => {
    const watched = await Watched.start(version(`[{ id: 'a', cron: '@daily' }]`));
    const replace = async (path: string, source: string): Promise<void> => {
      await writeFile(watched.path('written.tmp'), source);
      await rename(watched.path('written.tmp'), watched.path(path));
    };
    for (const cron of ['@hourly', '@weekly', '@monthly']) {
      await replace('plugin.mjs', version(`[{ id: 'a', cron: '${cron}' }]`));
      await watched.process.shown('stderr', `is now "${cron}"\n`);
    }
    await mkdir(watched.path('new/deep'), { recursive: true });
    await writeFile(watched.path('new/deep/cron.mjs'), `export default '@yearly';`);
    await replace('plugin.mjs', version(`[{ id: 'a', cron }]`, `import cron from './new/deep/cron.mjs';\n`));
    await watched.process.shown('stderr', 'is now "@yearly"\n');
    for (const cron of ['@daily', '5s']) {
      await replace('new/deep/cron.mjs', `export default '${cron}';`);
      await watched.process.shown('stderr', `is now "${cron}"\n`);
    }
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

  test('installs what was refused at the start, with what has waited for it', async () => {
    const needs = `capabilities: { requires: ['rates.daily'] }, `;
    const sources = {
      './a/report.mjs': version(`[{ id: 'a', cron: '@daily' }]`).replace("'p', ", `'report', ${needs}`),
      './b/rates.mjs': version(`[{ id: 'b', cron: 'never' }]`),
    };
    const watched = await Watched.startAll(sources, 'continue');
    await writeFile(watched.path('b/rates.mjs'), version(`[{ id: 'b', cron: 'seldom' }]`));
    await watched.process.shown('stderr', 'b/rates.mjs: it is not installed\n  Schedule "p/b": cron "seldom"');
    const provides = `'p', capabilities: { provides: ['rates.daily'] }, `;
    await writeFile(watched.path('b/rates.mjs'), version(`[{ id: 'b', cron: '@daily' }]`).replace("'p', ", provides));
    await watched.process.shown('stderr', 'b/rates.mjs: 1 schedule\n  added p/b\n');
    await watched.process.shown('stderr', 'a/report.mjs: 1 schedule\n  added report/a\n');
    // From now on it is a plugin like any other.
    await writeFile(watched.path('b/rates.mjs'), version(`[{ id: 'b', cron: '@hourly' }]`).replace("'p', ", provides));
    await watched.process.shown('stderr', 'changed p/b: cron: "@daily" is now "@hourly"\n');
    expect(await watched.stop()).toBe(0);
  });

  test('goes on with another folder in the place of the first', async () => {
    const watched = await Watched.startAll({ './plugins/plugin.mjs': version(`[{ id: 'a', cron: '@daily' }]`) });
    await mkdir(watched.path('other'));
    await writeFile(watched.path('other/plugin.mjs'), version(`[{ id: 'a', cron: '@hourly' }]`));
    await rename(watched.path('plugins'), watched.path('before'));
    await watched.process.shown('stderr', `cannot watch ${watched.path('plugins')}: it was removed or replaced`);
    await rename(watched.path('other'), watched.path('plugins'));
    await watched.process.shown('stderr', `watching ${watched.path('plugins')} again`);
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    await writeFile(watched.path('plugins/plugin.mjs'), version(`[{ id: 'a', cron: '@weekly' }]`));
    await watched.process.shown('stderr', 'changed p/a: cron: "@hourly" is now "@weekly"\n');
    expect(await watched.stop()).toBe(0);
  });

  test('leaves data of plugins alone', async () => {
    const other = version(`[{ id: 'a', cron: '@daily' }]`).replace("'p'", "'q'");
    const sources = { './plugin.mjs': version(`[{ id: 'a', cron: '@daily' }]`), './other.mjs': other };
    const watched = await Watched.startAll(sources);
    await writeFile(watched.path('state.json'), '{}');
    for (const cron of ['@hourly', '@weekly']) {
      await writeFile(watched.path('plugin.mjs'), version(`[{ id: 'a', cron: '${cron}' }]`));
      await watched.process.shown('stderr', `is now "${cron}"\n`);
    }
    expect(await watched.stop()).toBe(0);
    expect(watched.process.stderr).not.toContain('reloaded q');
  });

  test('sees a change in a folder in which something changes all the time', async () => {
    const noisy = `import { writeFileSync } from 'node:fs';
      const run = () => writeFileSync(new URL('noise.mjs', import.meta.url), '');
      export default { name: 'noisy', schedules: () => [{ id: 'a', cron: '20ms' }], run };`;
    const sources = { './plugin.mjs': version(`[{ id: 'a', cron: '@daily' }]`), './noisy.mjs': noisy };
    const watched = await Watched.startAll(sources);
    await writeFile(watched.path('plugin.mjs'), version(`[{ id: 'a', cron: '@hourly' }]`));
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    expect(await watched.stop()).toBe(0);
  });

  test('reloads a plugin when a file changes that it imports from another folder', async () => {
    const [source, imported] = [
      version(`[{ id: 'a', cron }]`, `import { cron } from '../lib/cron.mjs';\n`),
      'lib/cron.mjs',
    ];
    const watched = await Watched.startAll({ './plugins/plugin.mjs': source, './other/other.mjs': OTHER }, 'throw', {
      'lib/cron.mjs': `export { cron } from './deeper.mjs';`,
      'lib/deeper.mjs': `export const cron = '@daily';`,
    });
    await writeFile(watched.path('lib/deeper.mjs'), `export const cron = '@hourly';`);
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    expect(watched.process.stderr).toContain(`escapement: changed ${join('lib', 'deeper.mjs')}\n`);
    // From now on it imports less.
    await writeFile(watched.path(imported), `export const cron = '@weekly';`);
    await watched.process.shown('stderr', 'changed p/a: cron: "@hourly" is now "@weekly"\n');
    expect(await watched.stop()).toBe(0);
    expect(watched.process.stderr).not.toContain('reloaded q');
  });

  test('starts another scheduler when the configuration changes, or what it imports', async () => {
    const plugin = version(`[{ id: 'a', cron: '@daily' }]`);
    const watched = await Watched.startAll({ './plugin.mjs': plugin, './other.mjs': OTHER });
    const config = `import { timezone } from './zone.mjs';\nexport default { timezone, plugins: ['./other.mjs'], logger: { level: 'silent' } };`;
    await writeFile(watched.path('zone.mjs'), `export const timezone = 'Europe/Paris';`);
    await writeFile(watched.path('escapement.config.mjs'), config);
    await watched.process.shown('stderr', 'escapement: restarting\nescapement: started 1 schedule of 1 plugin');
    await writeFile(watched.path('zone.mjs'), `export const timezone = 'Europe/Parise';`);
    await watched.process.shown('stderr', 'refused escapement.config.mjs: the old one goes on\n');
    await watched.process.shown('stderr', 'Europe/Paris"');
    await writeFile(watched.path('escapement.config.mjs'), `export default {;`);
    await watched.process.shown('stderr', 'Unexpected token');
    await writeFile(
      watched.path('escapement.config.mjs'),
      `export default { plugins: ['./plugin.mjs', './gone.mjs'] };`,
    );
    await watched.process.shown('stderr', 'gone.mjs');
    expect(watched.process.stderr.match(/escapement: restarting/g)).toHaveLength(1);
    await writeFile(
      watched.path('escapement.config.mjs'),
      `export default { plugins: [], logger: { level: 'silent' } };`,
    );
    await watched.process.shown('stderr', 'escapement: restarting\nescapement: started 0 schedules');
    expect(await watched.stop()).toBe(0);
  });

  test('goes back to the old configuration when the new one turns out to be wrong at its start', async () => {
    const watched = await Watched.start(version(`[{ id: 'a', cron: '@daily' }]`));
    await writeFile(watched.path('taken'), 'a file, and no folder');
    const store = `{ module: ${JSON.stringify(SQLITE_STORE)}, options: { path: 'taken' } }`;
    await writeFile(
      watched.path('escapement.config.mjs'),
      `export default { store: ${store}, logger: { level: 'silent' } };`,
    );
    await watched.process.shown('stderr', 'refused escapement.config.mjs: the old one goes on\n');
    await watched.process.shown('stderr', '(1 schedule known');
    await writeFile(watched.path('plugin.mjs'), version(`[{ id: 'a', cron: '@hourly' }]`));
    await watched.process.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    expect(await watched.stop()).toBe(0);
  });
});
