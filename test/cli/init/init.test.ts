import { existsSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../support/scheduler-harness.ts';
import { cliIn } from '../cli-process.ts';

describe('escapement init', () => {
  test('says what it has seen and written, and what to do next', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }');
    const { code, stdout, stderr } = await cliIn(folder, 'init', '--js');
    expect(code).toBe(0);
    expect(stderr).toMatch(/^JavaScript, CommonJS, so new modules end in \.mjs, tests by node:test, \w+\n/);
    expect(stdout).toMatch(/^wrote +plugins\/hello\.mjs$/m);
    expect(stdout).toMatch(/^changed +package\.json +scripts jobs, jobs:watch, test$/m);
    const next = stderr.slice(stderr.indexOf('Next:')).trimEnd().split('\n').slice(1);
    expect(next).toHaveLength(3);
    expect(next[1]).toContain('jobs');
  });

  test('with --dry-run shows the files and writes none, also of a folder that is not there', async () => {
    const folder = temporaryFolder();
    const { code, stdout } = await cliIn(folder, 'init', 'new', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^would write +escapement\.config\.ts$/m);
    expect(stdout).toContain("    import { defineConfig } from 'escapement';\n");
    expect(existsSync(join(folder, 'new'))).toBe(false);
  });

  test('makes the folder, and replaces nothing that is in it', async () => {
    const folder = temporaryFolder();
    await cliIn(folder, 'init', 'new');
    const config = join(folder, 'new/escapement.config.ts');
    writeFileSync(join(folder, 'new/plugins/hello.ts'), '// mine');
    const before = readFileSync(config, 'utf8');
    const { stdout } = await cliIn(folder, 'init', 'new');
    expect(stdout.match(/^kept /gm)).toHaveLength(4);
    expect(readFileSync(join(folder, 'new/plugins/hello.ts'), 'utf8')).toBe('// mine');
    expect(readFileSync(config, 'utf8')).toBe(before);
  });

  test.each([
    [['init', 'a', 'b'], 'init takes one folder, but 2 were given.'],
    [['init', '--ts', '--js'], 'Use --ts or --js, not both.'],
    [['init', ''], 'The name of the folder is empty: for this one, name none.'],
  ])('refuses %j', async (words, message) => {
    const { code, stderr } = await cliIn(temporaryFolder(), ...words);
    expect({ code, stderr }).toEqual({ code: 2, stderr: `Usage: ${message}\n` });
  });

  test.each([
    ['file', '"{}/file" is not a folder.'],
    ['file/new', '"{}/file/new" cannot be a folder, because "{}/file" is not a folder.'],
    [
      'link',
      'The folder {}/link cannot be made, so nothing was written: a file has appeared there, or it is a link to one that is not there.',
    ],
  ])('says what is in the way of %s', async (name, message) => {
    const folder = realpathSync(temporaryFolder());
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    const { code, stdout, stderr } = await cliIn(folder, 'init', name);
    expect(code).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(message.replaceAll('{}', folder));
  });

  // Node's own recursive mkdir does not return there.
  test.runIf(existsSync('/proc/self'))('ends where the system lets nobody make a folder', async () => {
    const { code, stderr } = await cliIn(temporaryFolder(), 'init', '/proc/nope');
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\nError: The folder \/proc\/nope cannot be made, so nothing was written: .* \(E[A-Z]+\)\.\n$/,
    );
  });

  test.runIf(process.getuid?.() !== 0 && process.platform !== 'win32')(
    'says that a folder may not be written',
    async () => {
      const folder = temporaryFolder();
      mkdirSync(join(folder, 'sealed'), 0o555);
      const { code, stderr } = await cliIn(folder, 'init', 'sealed/new');
      expect(code).toBe(1);
      expect(stderr).toContain('cannot be made, so nothing was written: permission denied (EACCES).');
    },
  );
});
