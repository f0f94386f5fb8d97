import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type Requirement, requirement } from '../../support/servers/requirement.ts';
import { MAIN } from '../cli-process.ts';
import { ScreenText } from './screen-text.ts';

/** The program that gives a process a terminal. */
export function needsScript(): Requirement {
  const isPresent = process.platform === 'linux' && spawnSync('script', ['--version']).status === 0;
  return requirement({ name: 'Terminal', program: 'script', isPresent, remedy: 'apt-get install util-linux' });
}

/** The terminal, and how a command is run on it. */
export interface TerminalPlace {
  readonly columns: number;
  readonly rows: number;
  /** The file of the program. Default: the command line. */
  readonly program?: string;
  /** Its working directory. */
  readonly cwd?: string;
  /** Variables beside those of this process, or without one of them. Default: colours. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The real command line, or another program, on a terminal of its own. */
export class TerminalProcess {
  readonly screen = new ScreenText();
  /** Everything that was written to the terminal. */
  written = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(args: readonly string[], place: TerminalPlace) {
    const { columns, rows, program = MAIN, cwd, env = { FORCE_COLOR: '1' } } = place;
    const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(' ');
    // `exec`, so that signals and the exit code are those of the command itself.
    const command = `stty cols ${columns} rows ${rows} && exec ${words}`;
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], {
      env: { ...process.env, TERM: 'xterm-256color', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
      ...(cwd !== undefined && { cwd }),
    });
    // Its terminal goes with it, and the command with its terminal.
    onTestFinished(() => void this.#child.kill());
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.written += text;
      this.screen.feed(text);
    });
    this.#ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  /** Presses keys. */
  type(keys: string): void {
    this.#child.stdin?.write(keys);
  }

  /** Resolves when the screen is as expected; rejects when the process ends before. */
  async shows(fits: (screen: ScreenText) => boolean): Promise<void> {
    const { stdout } = this.#child;
    if (stdout === null) throw new TypeError('the process has no output');
    while (!fits(this.screen)) {
      const isOver = await Promise.race([once(stdout, 'data').then(() => false), this.#ended.then(() => true)]);
      if (isOver && !fits(this.screen)) throw new Error(`it ended with ${JSON.stringify(this.written.slice(-2_000))}`);
    }
  }

  exitCode(): Promise<number | null> {
    return this.#ended;
  }
}
