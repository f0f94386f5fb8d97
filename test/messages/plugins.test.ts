/** What is said of plugins that cannot be loaded: one scheduler loads all of them. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createScheduler } from '../../src/index.ts';
import { MistakeTable } from './mistake-table.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'escapement-mistakes-')));
afterAll(() => rmSync(folder, { recursive: true }));

test('every plugin that is wrong has its message', { timeout: 120_000 }, async () => {
  const table = new MistakeTable('plugins');
  const modules = table.mistakes.map(({ wrote: [name = '', ...code] }) => {
    const [module = '', isBeside] = name.split(' ');
    if (code.length > 0) {
      mkdirSync(dirname(join(folder, module)), { recursive: true });
      writeFileSync(join(folder, module), code.join('\n'));
    }
    return isBeside === undefined ? module : '';
  });
  const scheduler = await createScheduler({
    plugins: modules.filter((module) => module !== ''),
    baseUrl: folder,
    onPluginError: 'continue',
    dryRun: true,
    pool: { maxThreads: 1, loadTimeoutMs: 60_000 },
    logger: { level: 'silent' },
  });
  try {
    await scheduler.start();
    const said = new Map(scheduler.refusedPlugins.map(({ module, error }) => [module, error.message]));
    const messages = modules.map((module) => {
      if (module === '') return 'It is imported by another one.';
      const url = module.startsWith('./') ? `file://${folder}${module.slice(1)}` : module;
      return (said.get(url) ?? 'It was accepted.').replaceAll(folder, '/srv');
    });

    const { expected, seen } = table.comparison(messages);
    expect(seen).toBe(expected);
    expect(table.mistakes.length).toBeGreaterThanOrEqual(40);
  } finally {
    await scheduler.stop({ drainMs: 0 });
  }
});
