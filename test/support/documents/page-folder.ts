/** A folder in which the snippets of a page are files, and its commands work as they would for a reader. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { Fence } from './fences.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
/** What was started goes on until the end of its page, and the machine may be busy. It does not outlive its test. */
const PROGRAM_LIMIT_MS = 170_000;

interface Exports {
  readonly [subpath: string]: string | { readonly default: string };
}

export interface Ended {
  readonly output: string;
  readonly exitCode: number | null;
}

export class PageFolder {
  readonly path: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #running: { readonly child: ChildProcess; readonly ended: Promise<unknown> }[] = [];

  private constructor(path: string, consolePort: number) {
    this.path = path;
    this.#env = {
      ...process.env,
      PATH: [join(path, '.bin'), process.env['PATH'] ?? ''].join(delimiter),
      PORT: '0',
      CONSOLE_PORT: `${consolePort}`,
      NO_COLOR: '1',
      NODE_OPTIONS: '',
    };
  }

  static async create(name: string): Promise<PageFolder> {
    const path = join(tmpdir(), name);
    await installPackage(path);
    await mkdir(join(path, '.bin'), { recursive: true });
    await program(
      join(path, '.bin', 'npx'),
      `shift; exec "${process.execPath}" "${join(ROOT, 'src/cli/main.ts')}" "$@"`,
    );
    await program(join(path, '.bin', 'node'), `exec "${process.execPath}" "$@"`);
    await writeFile(join(path, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
    return new PageFolder(path, await freePort());
  }

  async write({ file, code }: Fence): Promise<void> {
    const path = join(this.path, file ?? '');
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, code);
  }

  /** Runs commands, one after another, until one fails. */
  async run(commands: string): Promise<Ended> {
    const child = this.#spawn(commands);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const [exitCode] = (await once(child, 'close')) as [number | null];
    return { output, exitCode };
  }

  /** Starts a program that goes on. Resolves when it has printed what `pattern` matches. */
  async start(command: string, pattern: RegExp): Promise<void> {
    const child = this.#spawn(`exec ${command.trim()}`);
    const ended = once(child, 'close');
    this.#running.push({ child, ended });
    let output = '';
    const printed = Promise.withResolvers<void>();
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (pattern.test(output)) printed.resolve();
      });
    }
    await Promise.race([
      printed.promise,
      ended.then(([exitCode]) => {
        throw new Error(`"${command.trim()}" ended with ${exitCode}, before it printed ${pattern}:\n${output}`);
      }),
    ]);
  }

  /** Ends what was started, as a process manager would. Resolves to the exit codes. */
  async stop(): Promise<(number | null)[]> {
    return Promise.all(
      this.#running.splice(0).map(async ({ child, ended }) => {
        child.kill('SIGTERM');
        const [exitCode] = (await ended) as [number | null];
        return exitCode;
      }),
    );
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.path, { recursive: true, force: true });
  }

  #spawn(commands: string) {
    return spawn('sh', ['-e', '-c', commands.replaceAll(/^\$ /gm, '')], {
      cwd: this.path,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: PROGRAM_LIMIT_MS,
      killSignal: 'SIGKILL',
    });
  }
}

/** The package as a reader would have installed it, but for what is built: its exports lead to the sources. */
export async function installPackage(folder: string): Promise<void> {
  const home = join(folder, 'node_modules', 'escapement');
  await mkdir(home, { recursive: true });
  await symlink(join(ROOT, 'src'), join(home, 'src'));
  const { exports } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as { exports: Exports };
  const sources = Object.entries(exports).map(([subpath, target]) => {
    const built = typeof target === 'string' ? target : target.default;
    return [subpath, built.replace('./dist/', './src/').replace(/\.js$/, '.ts')];
  });
  await writeFile(
    join(home, 'package.json'),
    JSON.stringify({ name: 'escapement', type: 'module', exports: Object.fromEntries(sources) }),
  );
}

async function program(path: string, script: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('A server on a port has an address.');
  return address.port;
}
