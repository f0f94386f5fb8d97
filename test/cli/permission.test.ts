import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/scheduler-harness.ts';
import { CliProcess, type CliResult } from './cli-process.ts';

const ROOT = realpathSync(new URL('../../', import.meta.url).pathname);
const MODULES = realpathSync(join(ROOT, 'node_modules'));

/** Runs a command under Node's permission model, which lets it read its own files and these. */
async function permitted(cwd: string, words: readonly string[], readable: readonly string[] = []): Promise<CliResult> {
  const flags = [ROOT, MODULES, ...readable].map((path) => `--allow-fs-read=${path}`);
  const process = new CliProcess(words, { cwd, nodeOptions: ['--permission', ...flags] });
  const code = await process.exitCode();
  return { code, stdout: process.stdout, stderr: process.stderr };
}

function projectFolder(): string {
  const folder = realpathSync(temporaryFolder());
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(folder, 'escapement.config.mjs'), `import './plugin.mjs';\nexport default {};\n`);
  writeFileSync(join(folder, 'plugin.mjs'), 'export default {};\n');
  mkdirSync(join(folder, 'below'));
  return folder;
}

describe("under Node's permission model", { timeout: 60_000 }, () => {
  test('a configuration that may not be looked for is no missing one', async () => {
    const folder = projectFolder();
    const refusal = (place: string): string =>
      `Error: Node runs with --permission and may not look for escapement.config.ts in ${place}: add --allow-fs-read=${place}, or name a configuration file.\n`;
    expect(await permitted(folder, ['run'])).toEqual({ code: 1, stdout: '', stderr: refusal(folder) });
    const below = join(folder, 'below');
    expect(await permitted(below, ['history'], [below])).toEqual({ code: 1, stdout: '', stderr: refusal(folder) });
  });

  test('a file that may not be read is named with the flag to give', async () => {
    const folder = projectFolder();
    const config = join(folder, 'escapement.config.mjs');
    const may = (path: string): string =>
      `Node runs with --permission and may not read ${path}: add --allow-fs-read=${path}.\n`;
    const named = await permitted(folder, ['run', 'escapement.config.mjs']);
    expect(named).toEqual({ code: 1, stdout: '', stderr: `Error: ${may(config)}` });
    const imports = await permitted(folder, ['manifest', '--config', 'escapement.config.mjs'], [config]);
    expect(imports.stderr).toMatch(/^Error: Configuration file "escapement\.config\.mjs" cannot be loaded: Node runs /);
    const plugin = await permitted(folder, ['validate', './plugin.mjs']);
    expect(plugin.stderr).toBe(`Error: ${may(join(folder, 'plugin.mjs'))}`);
    const made = await permitted(folder, ['init']);
    expect(made.stderr).toBe(
      `Error: package.json cannot be read, so nothing was written: ${may(join(folder, 'package.json'))}`,
    );
  });

  test('a configuration is found among those that may be read', async () => {
    const folder = projectFolder();
    const config = join(folder, 'escapement.config.mjs');
    writeFileSync(config, 'export default {};');
    const { stderr } = await permitted(folder, ['manifest'], [config]);
    expect(stderr).toContain('--allow-worker');
  });
});
