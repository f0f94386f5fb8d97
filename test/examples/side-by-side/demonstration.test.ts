import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { textWidth } from '../../../src/cli/output/operating/text-width.ts';
import { needsScript, TerminalProcess } from '../../cli/operating/terminal-process.ts';
import { describeWith } from '../../support/servers/requirement.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const MAIN = join(ROOT, 'examples', 'side-by-side', 'main.ts');
const LIMIT_MS = 120_000;
const SIZE = { columns: 80, rows: 24 };

const folder = mkdtempSync(join(tmpdir(), 'side-by-side-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The demonstration without a terminal. */
class PlainRun {
  readonly child: ChildProcess;
  readonly lines: string[] = [];
  stderr = '';
  readonly #printed = new AbortController();

  constructor(...args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void this.child.kill('SIGKILL'));
    const { stdout, stderr } = this.child;
    if (stdout === null || stderr === null) throw new TypeError('the process has no output');
    createInterface({ input: stdout }).on('line', (line) => {
      this.lines.push(line);
      this.#printed.signal.dispatchEvent(new Event('line'));
    });
    stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
  }

  /** Resolves to the first line, which names the console. */
  async consoleUrl(): Promise<string> {
    while (this.lines.length === 0) await once(this.#printed.signal, 'line');
    return /^Console {2}(http:\/\/127\.0\.0\.1:\d+) {2}/.exec(this.lines[0] ?? '')?.[1] ?? '';
  }

  async exitCode(): Promise<number | null> {
    const [code] = (await once(this.child, 'close')) as [number | null];
    return code;
  }
}

describe('the demonstration without a terminal', () => {
  test('ends quietly when its reader goes away', { timeout: LIMIT_MS }, async () => {
    const run = new PlainRun('--for', '5s', '--folder', join(folder, 'unread'));
    const closed = run.exitCode();
    await run.consoleUrl();
    run.child.stdout?.destroy();
    expect(await closed).toBe(0);
    expect(run.stderr).toBe('');
  });

  test('tells what happens, and ends with a verdict and with commands that work', { timeout: LIMIT_MS }, async () => {
    const run = new PlainRun('--for', '25s', '--folder', folder);
    const closed = run.exitCode();
    expect((await fetch(`${await run.consoleUrl()}/healthz`)).status).toBe(200);
    expect(await closed).toBe(0);
    expect(run.stderr).toBe('');

    // The folder of a test has a long name.
    const lines = run.lines.filter((line) => !line.includes(' --store '));
    for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(80);
    const text = run.lines.join('\n');
    expect(text).toMatch(/^\d\d:\d\d:\d\d {2}Both main threads compute for 2\.0 s and do nothing else\.$/m);
    expect(text).toMatch(/^Escapement: jobs have threads of their own\n {2}report +[·oO#xc ]+$/m);
    expect(text).toMatch(/^ +node-cron +Escapement$/m);
    expect(text).toMatch(/^ {2}undisturbed +\d+\/\d+ .* \d+\/\d+ /m);
    expect(text).toMatch(/^ {2}main thread blocked +\d+\/\d+ .* \d+\/\d+ /m);
    expect(text).toMatch(/^The verdict after \d+ s$/m);
    expect(text).toMatch(/^- Undisturbed, /m);
    expect(text).toMatch(/^- The price: the server with Escapement used /m);

    const offered = run.lines.slice(run.lines.indexOf('Go on with') + 1).join('\n');
    const commands = offered
      .replaceAll(/\\\n/g, '')
      .split('\n')
      .map((line) => line.trim().split(/ +/));
    expect(commands.map(([program]) => program)).toEqual(['npx', 'npx', 'npm']);
    for (const [npx, node, ...args] of commands.slice(0, 2)) {
      expect([npx, node]).toEqual(['npx', 'node']);
      const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' });
      expect(stdout).toContain('jobs/report');
      expect(status).toBe(0);
    }
  });

  test('ends at once when it is interrupted, and leaves no server behind', { timeout: LIMIT_MS }, async () => {
    const run = new PlainRun('--folder', folder);
    const url = await run.consoleUrl();
    run.child.kill('SIGINT');
    expect(await run.exitCode()).toBe(0);
    expect(run.lines).toContain('Go on with');
    expect(run.lines).not.toContain('Both main threads compute for 2.0 s and do nothing else.');
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test.each([
    [['--for', 'ever'], '--for "ever" is not valid: it must be a duration from 5s'],
    [['--speed', '2'], "Unknown option '--speed'"],
  ])('refuses %j', async (args, message) => {
    const run = new PlainRun(...args);
    expect(await run.exitCode()).toBe(2);
    expect(run.stderr).toContain(message);
    expect(run.stderr).toContain('Usage: npm start');
  });

  test('says how it is used', async () => {
    const run = new PlainRun('--help');
    expect(await run.exitCode()).toBe(0);
    expect(run.lines[0]).toMatch(/^Usage: npm start/);
  });
});

describeWith(needsScript())('the demonstration on a terminal', () => {
  const has = (text: RegExp) => (screen: { readonly lines: readonly string[] }) =>
    screen.lines.some((line) => text.test(line));

  test('obeys every key, and gives the terminal back', { timeout: LIMIT_MS }, async () => {
    const terminal = new TerminalProcess(['--folder', folder], { ...SIZE, program: MAIN });
    const { screen } = terminal;
    await terminal.shows(has(/^ {2}report +[·oO#x]+$/));
    expect(screen.lines[0]).toMatch(/^Console {2}http:\/\/127\.0\.0\.1:\d+ /);
    expect(screen.isOnOtherScreen).toBe(true);
    expect(screen.lines).toHaveLength(SIZE.rows);
    for (const line of screen.lines) expect(textWidth(line)).toBeLessThanOrEqual(SIZE.columns);

    terminal.type('b');
    await terminal.shows(has(/^node-cron: {2}its main thread is blocked/));
    await terminal.shows(has(/Of the jobs due meanwhile, node-cron started/));
    terminal.type('l');
    await terminal.shows(has(/Escapement: its budget ended the loop .* "timed-out"/));
    await terminal.shows(has(/node-cron: the server answered nobody for/));
    await terminal.shows(({ lines }) => !lines.some((line) => line.includes('a job loops')));
    terminal.type('s');
    await terminal.shows(has(/Escapement: the supervisor thread was/));
    terminal.type('k');
    await terminal.shows(has(/Both processes were killed with SIGKILL/));
    await terminal.shows(has(/Escapement explains: "jobs\/report", due at/));
    terminal.type('q');
    expect(await terminal.exitCode()).toBe(0);

    expect(screen).toMatchObject({ isOnOtherScreen: false, isCursorShown: true });
    expect(terminal.written.split('\u001b[?1049h')).toHaveLength(2);
    const closing = terminal.written.slice(terminal.written.lastIndexOf('\u001b[?1049l'));
    for (const row of ['main thread blocked', 'endless job', 'supervisor killed', 'kill -9 and restart']) {
      expect(closing).toContain(`  ${row}`);
    }
    expect(closing).toContain('The verdict after');
  });

  test('ends on Ctrl-C', { timeout: LIMIT_MS }, async () => {
    const terminal = new TerminalProcess(['--folder', folder], { ...SIZE, program: MAIN });
    await terminal.shows(has(/end, with a verdict/));
    terminal.type('\u0003');
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen).toMatchObject({ isOnOtherScreen: false, isCursorShown: true });
    expect(terminal.written).toContain('The verdict after');
  });
});
