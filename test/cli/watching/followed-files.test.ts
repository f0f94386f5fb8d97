import { mkdirSync, realpathSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/scheduler-harness.ts';
import { CliProcess } from '../cli-process.ts';

const QUIET = `logger: { level: 'silent' }, pool: { maxThreads: 1 }`;
const CONFIG = 'escapement.config.mjs';

function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(temporaryFolder());
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

/** `escapement run --watch` in a folder, once it watches. */
async function watching(cwd: string): Promise<CliProcess> {
  const process = new CliProcess(['run', '--watch'], { cwd });
  await process.shown('stderr', 'escapement: watching ');
  return process;
}

function plugin(name: string, head: string): string {
  return `${head}\nexport default { name: '${name}', schedules: () => [{ id: 'a', cron }], run: () => {} };`;
}

describe('escapement run --watch', { timeout: 60_000 }, () => {
  test('follows files behind links, and data that a plugin imports', async () => {
    const folder = folderOf({
      [`project/${CONFIG}`]: `export default { plugins: ['./plugins/p.mjs', './plugins/q.mjs'], ${QUIET} };`,
      'project/plugins/p.mjs': plugin('p', `import { cron } from './linked/cron.mjs';`),
      'elsewhere/lib/cron.mjs': `export const cron = '@daily';`,
      'elsewhere/q.mjs': plugin('q', `import data from './data.json' with { type: 'json' }; const { cron } = data;`),
      'elsewhere/data.json': '{ "cron": "@daily" }',
    });
    const at = (path: string): string => join(folder, path);
    symlinkSync(at('elsewhere/lib'), at('project/plugins/linked'), 'junction');
    symlinkSync(at('elsewhere/q.mjs'), at('project/plugins/q.mjs'), 'file');
    const run = await watching(at('project'));
    writeFileSync(at('elsewhere/lib/cron.mjs'), `export const cron = '@hourly';`);
    await run.shown('stderr', 'changed p/a: cron: "@daily" is now "@hourly"\n');
    writeFileSync(at('elsewhere/data.json'), '{ "cron": "@weekly" }');
    await run.shown('stderr', 'changed q/a: cron: "@daily" is now "@weekly"\n');
    writeFileSync(at('elsewhere/q.mjs'), plugin('q', `const cron = '@monthly';`));
    await run.shown('stderr', 'changed q/a: cron: "@weekly" is now "@monthly"\n');
    run.kill('SIGTERM');
    expect(await run.exitCode()).toBe(0);
  });

  test('follows a configuration that is a link, and another one in its place', async () => {
    const folder = folderOf({
      'first.mjs': `export default { plugins: [], ${QUIET} };`,
      'second.mjs': `export default { plugins: ['./p.mjs'], ${QUIET} };`,
      'project/p.mjs': plugin('p', `const cron = '@daily';`),
    });
    const config = join(folder, 'project', CONFIG);
    symlinkSync(join(folder, 'first.mjs'), config, 'file');
    const run = await watching(join(folder, 'project'));
    symlinkSync(join(folder, 'second.mjs'), `${config}.new`, 'file');
    renameSync(`${config}.new`, config);
    await run.shown('stderr', 'escapement: started 1 schedule of 1 plugin');
    run.kill('SIGTERM');
    expect(await run.exitCode()).toBe(0);
  });

  test('does not wait for a configuration that never loads once it has changed again, or at the end', async () => {
    const folder = folderOf({ [CONFIG]: `export default { plugins: [], ${QUIET} };` });
    const config = join(folder, CONFIG);
    const run = await watching(folder);
    const never = (word: string): string =>
      `process.stderr.write('${word}\\n'); await new Promise(() => {}); export default {};`;
    writeFileSync(config, never('waits'));
    await run.shown('stderr', 'waits\n');
    writeFileSync(config, `export default { plugins: [], timezone: 'Europe/Paris', ${QUIET} };`);
    await run.shown('stderr', 'escapement: restarting\nescapement: started 0 schedules');
    writeFileSync(config, never('waits again'));
    await run.shown('stderr', 'waits again\n');
    run.kill('SIGTERM');
    expect(await run.exitCode()).toBe(0);
  });
});
