/** `escapement run` as a person sees it, on a real terminal, and as a program reads it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { textWidth } from '../../../src/cli/output/operating/text-width.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { CliProcess, cliIn, fixture } from '../cli-process.ts';
import { needsScript, TerminalProcess } from '../operating/terminal-process.ts';

const LIMIT_MS = 60_000;
const SIZE = { columns: 72, rows: 24 };
const CTRL_C = '\u0003';
const NO_COLORS = { NO_COLOR: '1', FORCE_COLOR: undefined };
const PLUGIN = `
export default {
  name: 'told',
  schedules: () => [{ id: 'well', cron: '500ms' }, { id: 'badly', cron: '500ms' }],
  run: ({ scheduleId, log }) => {
    log.info({ path: 'report.txt' }, 'begun');
    log.debug('seen by nobody');
    if (scheduleId === 'well') log.warn('word '.repeat(30) + '\\u001b[2J');
    else throw new RangeError('the volume is 11');
  },
};`;

/** A project with a configuration. @param options What it has beside its plugin, as source text. */
function projectWith(options = ''): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{}');
  writeFileSync(join(folder, 'told.mjs'), PLUGIN);
  writeFileSync(join(folder, 'escapement.config.mjs'), `export default { plugins: ['./told.mjs'], ${options} };`);
  return folder;
}

describeWith(needsScript())('escapement run on a terminal', () => {
  test('says what runs, shows runs and logs in colours, and ends at Ctrl+C', { timeout: LIMIT_MS }, async () => {
    const terminal = new TerminalProcess(['run', '--console-socket'], { ...SIZE, cwd: projectWith() });
    await terminal.shows(() => /told\/well .*succeeded/.test(terminal.written));
    await terminal.shows(() => /the volume is 11/.test(terminal.written));
    terminal.type(CTRL_C);
    expect(await terminal.exitCode()).toBe(0);
    const lines = terminal.written.split(/\r?\n/);
    // Notices are wrapped to the width of the terminal.
    const notices = terminal.written.replaceAll(/\s+/g, ' ');
    expect(notices).toMatch(
      /^escapement: running escapement\.config\.mjs escapement: started 2 schedules of 1 plugin; first due \S+ escapement: /,
    );
    expect(notices).toMatch(/ escapement: state in \S*escapement\.db \(new\) /);
    expect(notices).toMatch(/ escapement: console at \S*escapement\.db\.console /);
    expect(notices).toContain(' escapement: press Ctrl+C to stop ');
    expect(notices).toContain('escapement: stopping (SIGINT)');
    expect(notices).toContain(' escapement: stopped;');
    expect(terminal.written).toContain('\u001b[32msucceeded\u001b[39m');
    expect(terminal.written).toContain('\u001b[31mRangeError: the volume is 11\u001b[39m');
    expect(terminal.written).toContain('Z\u001b[22m    \u001b[2mtold/badly\u001b[22m  begun path=report.txt');
    expect(terminal.written).not.toContain('seen by nobody');
    expect(terminal.written).not.toContain('\u001b[2J');
    const shown = lines.map((line) => stripVTControlCharacters(line)).filter((line) => /^\d\d:| {17}/.test(line));
    expect(shown.length).toBeGreaterThan(5);
    for (const line of shown) expect(textWidth(line)).toBeLessThanOrEqual(SIZE.columns);
  });

  test('ends at once at the second Ctrl+C', { timeout: LIMIT_MS }, async () => {
    const words = ['run', fixture('stubborn.config.ts'), '--drain', '1h'];
    const terminal = new TerminalProcess(words, { ...SIZE, cwd: temporaryFolder() });
    await terminal.shows(() => terminal.written.includes('entered'));
    terminal.type(CTRL_C);
    await terminal.shows(() => terminal.written.includes('stopping (SIGINT)'));
    terminal.type(CTRL_C);
    expect(await terminal.exitCode()).toBe(130);
  });

  test('has no colours with NO_COLOR', { timeout: LIMIT_MS }, async () => {
    const terminal = new TerminalProcess(['run', '--for', '2s'], { ...SIZE, cwd: projectWith(), env: NO_COLORS });
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.written).toMatch(/Z {2}told\/well +succeeded/);
    expect(terminal.written).not.toContain('\u001b');
  });

  test('prints the log as it is with --json', { timeout: LIMIT_MS }, async () => {
    const terminal = new TerminalProcess(['run', '--for', '2s', '--json'], { ...SIZE, cwd: projectWith() });
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.written).toContain('"outcome":"succeeded"');
    expect(terminal.written).not.toContain('press Ctrl+C');
  });
});

describe('escapement run in a pipe', { timeout: LIMIT_MS }, () => {
  test('prints JSON lines and nothing else', async () => {
    const { code, stdout } = await cliIn(projectWith(), 'run', '--for', '2s');
    expect(code).toBe(0);
    const messages = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).msg);
    expect(messages).toEqual(
      expect.arrayContaining(['scheduler started', 'begun', 'run settled', 'scheduler stopped']),
    );
  });

  test('shows runs for people with --pretty, in colours if they are forced, as wide as COLUMNS says', async () => {
    const { stdout } = await cliIn(projectWith(), 'run', '--for', '2s', '--pretty');
    expect(stdout).toMatch(/^\d\d:\d\d:\d\d\.\d{3}Z {2}told\/well +succeeded +[\d.]+ m?s {2}[\d.]+ m?s late$/m);
    expect(stdout).not.toContain('"msg"');
    const env = { FORCE_COLOR: '1', COLUMNS: '60' };
    const coloured = new CliProcess(['run', '--for', '2s', '--pretty'], { cwd: projectWith(), env });
    await coloured.exitCode();
    expect(coloured.stdout).toContain('\u001b[32msucceeded\u001b[39m');
    const logged = stripVTControlCharacters(coloured.stdout).match(/^.*\bword\b.*$/gm) ?? [];
    expect(logged.length).toBeGreaterThan(2);
    for (const line of logged) expect(textWidth(line)).toBeLessThanOrEqual(60);
  });

  test('leaves a log alone that goes to a file, and shows what its level allows', async () => {
    const folder = projectWith(`logger: { destination: 'jobs.log', level: 'warn' }`);
    const { stdout } = await cliIn(folder, 'run', '--for', '2s', '--pretty');
    expect(readFileSync(join(folder, 'jobs.log'), 'utf8')).toContain('"outcome":"failed"');
    expect(stdout).toContain('the volume is 11');
    expect(stdout).not.toContain('begun');
    expect(stdout).not.toContain('succeeded');
  });

  test('refuses to be both', async () => {
    const { code, stderr } = await cliIn(projectWith(), 'run', '--pretty', '--json');
    expect(code).toBe(2);
    expect(stderr).toContain('Use --pretty or --json, not both.');
  });
});

describe('escapement run without a configuration file', { timeout: LIMIT_MS }, () => {
  test('works in the folder of the one of the package, as do the commands that look at what it did', async () => {
    const folder = projectWith();
    const below = join(folder, 'src/deep');
    mkdirSync(below, { recursive: true });
    const { code, stderr } = await cliIn(below, 'run', '--for', '2s');
    expect(code).toBe(0);
    expect(stderr).toContain(`escapement: running ${join('../..', 'escapement.config.mjs')}\n`);
    expect(stderr).toContain(`escapement: state in ${join(folder, 'escapement.db')} (new)`);
    expect((await cliIn(below, 'history')).stdout).toContain('told/well');
    expect((await cliIn(below, 'manifest')).stdout).toContain('told/badly');
  });

  test('does not look beyond the package, and says what may have been meant', async () => {
    const folder = projectWith();
    const inner = join(folder, 'packages/inner');
    mkdirSync(inner, { recursive: true });
    writeFileSync(join(inner, 'package.json'), '{}');
    writeFileSync(join(inner, 'escapment.config.ts'), '');
    const { code, stderr } = await cliIn(inner, 'run');
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: run needs a configuration file, .* Did you mean "escapment\.config\.ts"\?/);
    expect(stderr).toContain('"escapement init"');
  });
});
