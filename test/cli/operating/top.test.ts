import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { textWidth } from '../../../src/cli/output/operating/text-width.ts';
import { type Operated, startConsole } from '../../support/console/operated-console.ts';
import { describeWith } from '../../support/servers/requirement.ts';
import { needsScript, TerminalProcess } from './terminal-process.ts';

const LIMIT_MS = 60_000;
const MANY = fileURLToPath(new URL('../fixtures/many-plugin.ts', import.meta.url));
const SIZE = { columns: 80, rows: 24 };
const [DOWN, UP, END, PAGE_UP, ESC] = ['\u001b[B', '\u001b[A', '\u001b[F', '\u001b[5~', '\u001b'] as const;

/** A screen on which the schedules have been drawn. */
async function topOf(at: Operated, size = SIZE): Promise<TerminalProcess> {
  const terminal = new TerminalProcess(['top', '--store', at.store], size);
  await terminal.shows(({ lines }) => lines.some((line) => / of \d+$/.test(line)));
  return terminal;
}

const has = (text: string) => (screen: { readonly lines: readonly string[] }) =>
  screen.lines.some((line) => line.includes(text));

describeWith(needsScript())('escapement top on a terminal', () => {
  test('draws how things stand in place, and follows them', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole();
    const progressed = once(at.scheduler, 'progress');
    await at.scheduler.trigger('operated/long');
    await progressed;
    const terminal = await topOf(at);
    await terminal.shows(has('25 %'));
    const { screen } = terminal;
    expect(screen.isOnOtherScreen).toBe(true);
    expect(screen.lines[1]).toBe('schedules 4: 2 idle, 1 running, 1 disabled');
    expect(screen.lines[2]).toMatch(/^late p50 [\d.]+ ms {2}p99 [\d.]+ ms {2}max [\d.]+ ms {3}pool 1\/2 threads/);
    at.tell();
    await terminal.shows(has('nothing runs now'));
    await terminal.shows(({ lines }) => lines.some((line) => /^operated\/long +idle .* succeeded/.test(line)));
    await at.scheduler.trigger('operated/broken');
    await terminal.shows(has('1 problem'));
    for (const line of screen.lines) expect(textWidth(line)).toBeLessThanOrEqual(SIZE.columns);
    expect(screen.lines.length).toBe(SIZE.rows);
    terminal.type('q');
    expect(await terminal.exitCode()).toBe(0);
    // It was drawn over and over, and never scrolled: the terminal's own screen was left once.
    expect(terminal.written.split('\u001b[H').length).toBeGreaterThan(3);
    expect(terminal.written.split('\u001b[?1049h')).toHaveLength(2);
    expect(screen).toMatchObject({ isOnOtherScreen: false, isCursorShown: true });
  });

  test('chooses by arrows, opens by enter and goes back by esc', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole();
    const progressed = once(at.scheduler, 'progress');
    await at.scheduler.trigger('operated/long');
    await progressed;
    const terminal = await topOf(at);
    terminal.type(DOWN + DOWN + DOWN + UP);
    await terminal.shows(({ marked }) => marked.startsWith('operated/long'));
    terminal.type('\r');
    await terminal.shows(has('log of the run in progress'));
    await terminal.shows(has('first'));
    expect(terminal.screen.lines).toContainEqual(
      expect.stringMatching(/^\d\d:\d\d:\d\d\.\d{3} {2}info {3}first\\u001b\[2J line$/),
    );
    expect(terminal.screen.lines).toContainEqual(expect.stringMatching(/ {2}25 % {2}a quarter\\u001b\[31m\\u202e/));
    at.tell();
    await terminal.shows(has('log of the last run'));
    await terminal.shows(has('last line'));
    terminal.type(ESC);
    await terminal.shows(({ marked }) => marked.startsWith('operated/long'));
    terminal.type('\u0003');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('goes back by itself when the schedule is gone', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole();
    const terminal = await topOf(at);
    terminal.type('\r');
    await terminal.shows(has('it has not run yet'));
    await at.scheduler.uninstall('operated');
    await terminal.shows(has('no schedules'));
    terminal.type('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('scrolls through more schedules than there are rows', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole({ scheduler: { plugins: [MANY] } });
    const terminal = await topOf(at, { columns: 120, rows: 30 });
    terminal.type(END);
    await terminal.shows(
      ({ marked, lines }) => marked.startsWith('many/of-59') && lines.at(-1)?.includes('60 of 60') === true,
    );
    terminal.type(UP);
    await terminal.shows(({ marked }) => marked.startsWith('many/of-58'));
    terminal.type(PAGE_UP + PAGE_UP);
    await terminal.shows(
      ({ marked, lines }) => /^many\/of-[12]\d/.test(marked) && !lines.some((line) => line.includes('of-59')),
    );
    expect(terminal.screen.lines).toHaveLength(30);
    terminal.type('q');
    expect(await terminal.exitCode()).toBe(0);
  });

  test('goes on when the scheduler does not answer, and gives the terminal back', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole();
    const terminal = await topOf(at);
    await at.scheduler.stop({ drainMs: 0 });
    await terminal.shows(has('no answer: The scheduler at '));
    expect(terminal.screen.lines).toContainEqual(expect.stringMatching(/^operated\/fine +idle/));
    terminal.type('q');
    expect(await terminal.exitCode()).toBe(0);
    expect(terminal.screen.isOnOtherScreen).toBe(false);
  });

  test('says why it cannot begin, without touching the screen', { timeout: LIMIT_MS }, async () => {
    const at = await startConsole({ token: 'secret' });
    const terminal = new TerminalProcess(['top', '--url', at.url], SIZE);
    expect(await terminal.exitCode()).toBe(4);
    expect(terminal.written).not.toContain('\u001b[?1049h');
    expect(terminal.written).toContain('does not allow this (401)');
  });
});
