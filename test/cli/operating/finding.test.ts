import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { consoleSocketPath } from '../../../src/console/socket-path.ts';
import { type Operated, startConsole } from '../../support/console/operated-console.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';
import { type CliPlace, CliProcess, type CliResult } from '../cli-process.ts';

const LIMIT_MS = 60_000;
const TOKEN = 'a-secret-of-the-console';

async function run(args: readonly string[], place: CliPlace = {}): Promise<CliResult> {
  const running = new CliProcess(args, place);
  const code = await running.exitCode();
  return { code, stdout: running.stdout, stderr: running.stderr };
}

/** A working directory whose configuration names the store of a scheduler. */
function folderWith(config: object): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'escapement.config.mjs'), `export default ${JSON.stringify(config)};`);
  return cwd;
}

const storeOf = ({ store }: Operated) => ({ module: 'builtin:sqlite-store', options: { path: store } });

describe('how a command finds a scheduler', { timeout: LIMIT_MS }, () => {
  test('by its URL, its socket, its store, and its configuration', async () => {
    const at = await startConsole();
    const socket = consoleSocketPath(at.store);
    const config = join(folderWith({ store: storeOf(at) }), 'escapement.config.mjs');
    const ways = [
      ['--url', at.url.slice(0, -1)],
      ['--socket', socket],
      ['--store', at.store],
      ['--config', config],
    ];
    for (const way of ways)
      expect(await run(['pause', 'operated/fine', ...way])).toMatchObject({ code: 0, stderr: '' });
  });

  test('by the configuration in the working directory: its store, its socket or its port', async () => {
    const at = await startConsole({ token: TOKEN });
    const { port } = new URL(at.url);
    const places = [
      { store: storeOf(at), console: { token: TOKEN } },
      { console: { socket: consoleSocketPath(at.store), token: TOKEN } },
      { console: { port: Number(port), host: '0.0.0.0', token: TOKEN } },
    ];
    for (const place of places)
      expect(await run(['status'], { cwd: folderWith(place) })).toMatchObject({ code: 0, stderr: '' });
  });

  test('by the store in the working directory', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await run(['status'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain(
      `no socket ${consoleSocketPath(join(cwd, 'escapement.db'))}. Start one with escapement run`,
    );
  });

  test('and says when the scheduler of a socket has ended', async () => {
    const cwd = temporaryFolder();
    // A process that is killed leaves its socket behind.
    const socket = join(cwd, 'gone.console');
    writeFileSync(socket, '');
    const { code, stderr } = await run(['status', '--socket', socket]);
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Error: The scheduler at .*gone\.console cannot be reached: .+\.\n$/);
  });

  test.each([
    [
      'two places',
      ['--url', 'http://127.0.0.1:1', '--store', 'a.db'],
      'Name one scheduler: --url or --store, not both.',
    ],
    ['no address', ['--url', 'ftp://127.0.0.1'], 'Option --url must be an address such as http://127.0.0.1:7420.'],
    ['a password', ['--url', 'http://me:secret@127.0.0.1'], 'Option --url must have no password: set ESCAPEMENT_TOKEN'],
    ['a query', ['--url', 'http://127.0.0.1/?a=b'], 'Option --url must be where the console begins'],
    ['a shared store', ['--store', 'postgres://db/app'], 'A store in Postgres has no socket beside it'],
    ['a token with a line break', ['--token', `${TOKEN}\n`], 'The token must be printable ASCII without spaces.'],
  ])('refuses %s', async (_, args, message) => {
    const { code, stderr } = await run(['status', ...args]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).not.toMatch(/secret/);
  });
});

describe('the token', { timeout: LIMIT_MS }, () => {
  test('opens a console, from the environment or the command line, and is never shown', async () => {
    const at = await startConsole({ token: TOKEN });
    const url = ['--url', at.url];
    const answers = [
      await run(['status', ...url], { env: { ESCAPEMENT_TOKEN: TOKEN } }),
      await run(['open', '--print', ...url, '--token', TOKEN]),
      await run(['status', ...url, '--token', `${TOKEN}!`, '--debug']),
      await run(['status', ...url]),
    ];
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 4, 4]);
    for (const { stdout, stderr } of answers) expect(stdout + stderr).not.toContain(TOKEN);
    expect(answers[2]?.stderr).toContain(`${at.url} does not know this token (401). Set ESCAPEMENT_TOKEN`);
    expect(answers[3]?.stderr).toBe(
      `Error: ${at.url} does not allow this (401). Set ESCAPEMENT_TOKEN to the token of its console.\n`,
    );
    expect((await run(['logs', 'operated/fine', '--follow', ...url])).code).toBe(4);
  });

  test('without the right to act, a command is refused and changes nothing', async () => {
    const at = await startConsole({ readOnly: true });
    for (const words of [
      ['pause', 'operated/fine'],
      ['trigger', 'operated/fine', '--wait'],
      ['reload', 'operated'],
    ]) {
      const { code, stderr } = await run([...words, '--store', at.store]);
      expect(code).toBe(4);
      expect(stderr).toMatch(/does not allow this \(403\): .*read.*\.\n$/);
    }
    expect((await at.scheduler.schedules())[0]).toMatchObject({ state: 'idle', runCount: 0 });
  });
});

describe('a server that is no console', { timeout: LIMIT_MS }, () => {
  test.each<[string, RequestListener, number, string]>([
    ['answers with a page', (_, response) => response.end('<html>'), 1, 'does not understand'],
    ['answers with other JSON', (_, response) => response.end('{"nodeId":7}'), 1, 'does not understand'],
    ['knows no such page', (_, response) => response.writeHead(404).end('no'), 1, 'as a console does (404)'],
    ['sends elsewhere', (_, response) => response.writeHead(302, { location: '/x' }).end(), 1, 'a console does (302)'],
    ['is a proxy of nothing', (_, response) => response.writeHead(502).end('no'), 3, 'cannot answer now (502).'],
    ['has too much to do', (_, response) => response.writeHead(429).end('no'), 4, 'Try again later.'],
    ['breaks off', (_, response) => response.destroy(), 3, 'cannot be reached: it broke off.'],
    ['never answers', () => {}, 3, 'does not answer within 5 s.'],
    [
      'puts control characters into its words',
      (_, response) => response.writeHead(400).end('{"error":{"message":"a\\u001b[2J\\u202eb"}}'),
      1,
      'Error: a\\u001b[2J\\u202eb\n',
    ],
  ])('that %s', async (_what, listener, exitCode, message) => {
    const url = await listening(createServer(listener));
    const { code, stdout, stderr } = await run(['status', '--url', url]);
    expect(stderr).toContain(message);
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
  });

  test('that speaks no HTTP', async () => {
    const url = await listening(createNetServer((socket) => socket.end('220 mail ready\r\n')));
    const { code, stderr } = await run(['list', '--url', url]);
    expect(code).toBe(3);
    expect(stderr).toContain('cannot be reached: Parse Error');
  });
});

async function listening(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
