import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/scheduler-harness.ts';
import { CliProcess, cli, MAIN } from './cli-process.ts';

describe('the command line', () => {
  test('shows its commands with --help', async () => {
    const { code, stdout } = await cli('--help');
    expect(code).toBe(0);
    for (const name of [
      'init [<folder>]',
      'run [<config>]',
      'validate <plugin…>',
      'manifest [<plugin…>]',
      'next "<expression>"',
      'history ',
      'explain <key> <time>',
      'list ',
      'trigger <key>',
      'logs <key|run id>',
      'top ',
    ])
      expect(stdout).toContain(name);
  });

  test('shows how a command is used, in two ways', async () => {
    const [asked, flagged] = await Promise.all([cli('help', 'run'), cli('run', '--help')]);
    expect(asked).toEqual(flagged);
    expect(asked.code).toBe(0);
    expect(asked.stdout).toContain('Usage: escapement run [<config>] [options]');
    expect(asked.stdout).toContain('--for <duration>');
  });

  test.each(['history', 'explain', 'position', 'migrate'])('fits the help of %s into 80 columns', async (command) => {
    const { stdout } = await cli('help', command);
    expect(stdout).toContain('--schema <name>');
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  test.each(['list', 'status', 'trigger', 'pause', 'resume', 'abort', 'reload', 'logs', 'top', 'open', 'run'])(
    'fits the help of %s into 80 columns',
    async (command) => {
      const { code, stdout } = await cli('help', command);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: escapement ${command} `);
      expect(stdout).toContain('--token <token>');
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    },
  );

  test('shows its commands when it is asked for help on help', async () => {
    const [asked, flagged] = await Promise.all([cli('help', 'help'), cli('--help')]);
    expect(asked).toEqual(flagged);
  });

  test('takes an empty name of a configuration for none', async () => {
    const { code, stderr } = await cli('run', '');
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'Usage: The name of the configuration file is empty.\n' });
  });

  test('prints its version', async () => {
    const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    const { version } = JSON.parse(manifest) as { readonly version: string };
    expect(await cli('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  test('without a command it shows its help as an error', async () => {
    const { code, stdout, stderr } = await cli();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Usage: escapement <command>');
  });

  test.each([
    ['an unknown command', ['nxt'], 'Usage: Unknown command "nxt". Did you mean "next"?\n'],
    [
      'an unknown option',
      ['next', '@daily', '--timezon', 'UTC'],
      'Usage: Unknown option "--timezon" for next. Did you mean "--timezone"?\n',
    ],
    [
      'an unknown option before the command',
      ['--versoin'],
      'Usage: Unknown option "--versoin". Did you mean "--version"?\n',
    ],
    ['nothing like a command', ['frobnicate'], 'Usage: Unknown command "frobnicate".\n'],
    [
      'an option without its value',
      ['next', '@daily', '--count'],
      'Usage: Option --count needs a value: --count <n>.\n',
    ],
    ['a flag with a value', ['next', '@daily', '--json=yes'], 'Usage: Option --json takes no value.\n'],
  ])('refuses %s in one line', async (_, args, stderr) => {
    expect(await cli(...args)).toEqual({ code: 2, stdout: '', stderr });
  });

  test('shows the stack of an error only with --debug', async () => {
    const [plain, debug] = await Promise.all([cli('next', '61 * * * *'), cli('next', '61 * * * *', '--debug')]);
    expect(plain).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error: Expression "61 * * * *" is invalid: minute 61 must be within 0–59.\n',
    });
    expect(debug.stderr).toContain('    at ');
  });

  test('ends quietly when its reader goes away', async () => {
    const running = new CliProcess(['next', '1s', '--count', '10000']);
    await running.shown('stdout', '\n');
    running.closeOutput();
    expect(await running.exitCode()).toBe(0);
    expect(running.stderr).toBe('');
  });

  test.each(['20.19.1', '22.17.9'])('says in one sentence that Node %s is too old', async (version) => {
    const pretend = `Object.defineProperty(process.versions, 'node', { value: '${version}' })`;
    const running = new CliProcess(['next', '@daily'], {
      nodeOptions: ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`],
    });
    expect(await running.exitCode()).toBe(1);
    expect(running.stderr).toBe(`escapement needs Node.js 22.18 or later; this is ${version}.\n`);
  });

  test('begins with a file that an old Node can parse', () => {
    const main = readFileSync(new URL('../../src/cli/main.ts', import.meta.url), 'utf8');
    expect(main.startsWith('#!/usr/bin/env node\n')).toBe(true);
    expect(main).not.toMatch(/^import |\?\.|\?\?|await /m);
  });
});

/** Runs a command by a shell, which says what its output is. */
function byShell(script: string): Promise<{ readonly code: number; readonly stderr: string }> {
  return new Promise((resolve) => {
    execFile('sh', ['-c', script, process.execPath, MAIN], (error, _, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stderr });
    });
  });
}

describe.runIf(process.platform === 'linux')('where the system denies what every command needs', () => {
  test('a full disk is said in one line', async () => {
    const { code, stderr } = await byShell('"$0" "$1" --help > /dev/full');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Error: The output cannot be written: ENOSPC: .*\.\n$/);
  });

  test('so is a working directory that is gone', async () => {
    const gone = join(temporaryFolder(), 'gone');
    mkdirSync(gone);
    const { code, stderr } = await byShell(`cd '${gone}' && rmdir '${gone}' && "$0" "$1" --help`);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'Error: The working directory is gone: go to one that is there.\n',
    });
  });
});
