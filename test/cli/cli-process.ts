import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The command line's first file. */
export const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

/** The path of a fixture of the command line's tests. */
export function fixture(name: string): string {
  return fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
}

/** Where and how a command is run. */
export interface CliPlace {
  /** Its working directory: where `escapement run` makes its store. */
  readonly cwd?: string;
  /** What Node itself is given. */
  readonly nodeOptions?: readonly string[];
  /** Variables beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The real command line, in a process of its own. */
export class CliProcess {
  stdout = '';
  stderr = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  /** @param args What is typed after `escapement`. */
  constructor(args: readonly string[], { cwd, nodeOptions = [], env }: CliPlace = {}) {
    const stdio = ['ignore', 'pipe', 'pipe'] as const;
    this.#child = spawn(process.execPath, [...nodeOptions, MAIN, ...args], {
      stdio: [...stdio],
      ...(cwd && { cwd }),
      ...(env && { env: { ...process.env, ...env } }),
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Resolves to the exit code once everything that was printed has been read. */
  exitCode(): Promise<number | null> {
    return this.#ended;
  }

  /** Resolves when a stream has shown the text; rejects when the process ends without it. */
  async shown(stream: 'stdout' | 'stderr', text: string): Promise<void> {
    const ended = this.#ended.then((code) => {
      if (!this[stream].includes(text))
        throw new Error(`ended with ${code} and no "${text}": ${this.stderr}${this.stdout}`);
    });
    while (!this[stream].includes(text)) {
      const readable = this.#child[stream];
      if (readable === null) throw new TypeError(`the process has no ${stream}`);
      await Promise.race([once(readable, 'data'), ended]);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Stops reading what it prints, as `head -1` does. */
  closeOutput(): void {
    this.#child.stdout?.destroy();
  }
}

/** What a command printed, and how it ended. */
export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function cli(...args: string[]): Promise<CliResult> {
  return cliIn(undefined, ...args);
}

/** Runs a command to its end in a working directory of its own. */
export async function cliIn(cwd: string | undefined, ...args: string[]): Promise<CliResult> {
  const running = new CliProcess(args, cwd === undefined ? {} : { cwd });
  const code = await running.exitCode();
  return { code, stdout: running.stdout, stderr: running.stderr };
}
