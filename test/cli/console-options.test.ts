import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../../src/cli/commands/run.ts';
import { parseArguments } from '../../src/cli/input/arguments.ts';
import { consoleOf, consoleText } from '../../src/cli/input/console-options.ts';
import { memoryStore, type SchedulerOptions, sqliteStore } from '../../src/index.ts';
import { temporaryFolder } from '../support/scheduler-harness.ts';
import { CliProcess, cli, cliIn, fixture } from './cli-process.ts';

const FILE = '/srv/app.db';
const SOCKET = `${FILE}.console`;
const inFile: SchedulerOptions = { store: sqliteStore({ path: FILE }) };

/** The console that the words of `escapement run` ask for. */
function asked(words: readonly string[], options: SchedulerOptions = inFile) {
  return consoleOf(parseArguments(runCommand, words), options);
}

describe('the console of escapement run', () => {
  let token: string | undefined;
  beforeEach(() => {
    token = process.env['ESCAPEMENT_TOKEN'];
    delete process.env['ESCAPEMENT_TOKEN'];
  });
  afterEach(() => {
    delete process.env['ESCAPEMENT_TOKEN'];
    if (token !== undefined) process.env['ESCAPEMENT_TOKEN'] = token;
  });

  test('is off unless it is asked for', () => {
    expect(asked(['a.config.ts'])).toBeUndefined();
  });

  test.each([
    ['a port that follows', ['--console', '8080', 'a.config.ts'], 8080],
    ['a port that is attached', ['--console=8080', 'a.config.ts'], 8080],
    ['no port, before the configuration', ['--console', 'a.config.ts'], 7420],
    ['no port, at the end', ['a.config.ts', '--console'], 7420],
    ['no port, before another option', ['--console', '--watch', 'a.config.ts'], 7420],
  ])('listens on a port and beside the store, with %s', (_, words, port) => {
    expect(asked(words)).toEqual({ port, socket: SOCKET });
    expect(parseArguments(runCommand, words).positionals).toEqual(['a.config.ts']);
  });

  test('takes what is behind a -- for a word', () => {
    expect(parseArguments(runCommand, ['--', '--console']).positionals).toEqual(['--console']);
  });

  test('listens on the socket only', () => {
    expect(asked(['--console-socket'])).toEqual({ socket: SOCKET });
    const configured = { ...inFile, console: { port: 9000, host: '::1' } };
    expect(asked(['--console-socket'], configured)).toEqual({ socket: SOCKET });
    expect(asked(['--console'], configured)).toEqual({ port: 7420, host: '::1', socket: SOCKET });
  });

  test('has the token of the command line, of the configuration, or of the environment', () => {
    process.env['ESCAPEMENT_TOKEN'] = 'c';
    const configured = { ...inFile, console: { port: 9000, token: 'b', readOnly: true } };
    expect(asked(['--console', '--token', 'a'], configured)).toEqual({
      ...{ port: 7420, socket: SOCKET, token: 'a', readOnly: true },
    });
    expect(asked([], configured)).toMatchObject({ port: 9000, token: 'b' });
    expect(asked(['--console'])).toMatchObject({ token: 'c' });
  });

  test('has no socket where no file keeps the state', () => {
    expect(asked(['--console'], { store: memoryStore() })).toEqual({ port: 7420 });
    expect(() => asked(['--console-socket'], { store: memoryStore() })).toThrow('needs a store in a file');
  });

  test.each([
    [['--console', '70000'], 'Option --console must be a whole number from 1 to 65535, not "70000".'],
    [['--console', '--console-socket'], 'Use --console or --console-socket, not both.'],
    [['--console', '--token', 'a b'], 'The token must be printable ASCII without spaces.'],
    [['--token', 'a'], 'Option --token is for the console: turn it on with --console.'],
  ])('refuses %j', (words, message) => {
    expect(() => asked(words)).toThrow(message);
  });

  test.each([
    [{ url: 'http://127.0.0.1:1', socket: '/a' }, 'http://127.0.0.1:1/ and /a'],
    [{ url: 'http://[::]:1', socket: null }, 'http://[::1]:1/'],
    [{ url: 'http://0.0.0.0:1', socket: null }, 'http://127.0.0.1:1/'],
    [{ url: null, socket: '/a' }, '/a'],
  ])('is named by its address: %j', (address, text) => {
    expect(consoleText(address)).toBe(text);
  });

  test('is found by other commands in the same working directory', async () => {
    const cwd = temporaryFolder();
    const running = new CliProcess(['run', fixture('ticking.config.ts'), '--console-socket'], { cwd });
    await running.shown('stderr', `escapement: console at ${join(cwd, 'escapement.db.console')}\n`);
    expect(await cliIn(cwd, 'pause', 'ticking/often')).toEqual({
      ...{ code: 0, stdout: 'ticking/often is paused.\n', stderr: '' },
    });
    running.kill('SIGTERM');
    expect(await running.exitCode()).toBe(0);
    expect((await cli('status', '--store', join(cwd, 'escapement.db'))).code).toBe(3);
  });
});
