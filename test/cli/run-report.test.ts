import { stripVTControlCharacters, styleText } from 'node:util';
import { expect, test } from 'vitest';
import { textWidth } from '../../src/cli/output/operating/text-width.ts';
import { printRuns } from '../../src/cli/output/run-report.ts';
import type { Style, Terminal } from '../../src/cli/output/terminal.ts';
import type { LogLevel, Outcome } from '../../src/index.ts';
import { recordOf } from '../support/ledger-entries.ts';

test('the table of runs says which time an occurrence came, if it came again', () => {
  const lines: string[] = [];
  const plain = (_style: unknown, text: string): string => text;
  const terminal: Terminal = { result: (line) => lines.push(line), notice: () => {}, paint: plain, paintNotice: plain };
  const runs = [recordOf('second-run', 1_000, { threadId: 1, pass: 2 }), recordOf('first-run', 1_000, { threadId: 1 })];
  printRuns(runs, terminal, 'none');
  expect(lines.map((line) => line.split('  ').at(-1)?.trim())).toEqual(['run', 'pass 2', 'first-ru']);
});

test('the table of runs with their logs says what a guest has executed, and how many lines were dropped', () => {
  const lines: string[] = [];
  const plain = (_style: unknown, text: string): string => text;
  const terminal: Terminal = { result: (line) => lines.push(line), notice: () => {}, paint: plain, paintNotice: plain };
  const counted = { threadId: 1, fuel: 1_234_567, droppedLogLines: 2 };
  const runs = [recordOf('guest-run', 1_000, counted), recordOf('limited-run', 1_000, { ...counted, fuelBudget: 5e6 })];
  printRuns(runs, terminal, 'log');
  expect(lines[1]).toMatch(/guest-ru {2}\(1,234,567 instructions, 2 lines dropped\)$/);
  expect(lines[2]).toMatch(/limited- {2}\(1,234,567 of 5,000,000 instructions, 2 lines dropped\)$/);
  lines.length = 0;
  printRuns(runs, terminal, 'none');
  expect(lines.slice(1).map((line) => line.split('  ').at(-1))).toEqual([
    '1,234,567 instructions',
    '1,234,567 of 5,000,000 instructions',
  ]);
});

test('the table of runs fits into the terminal, also with text that takes two columns', () => {
  const lines: string[] = [];
  const plain = (_style: unknown, text: string): string => text;
  const terminal: Terminal = {
    width: 80,
    result: (line) => lines.push(line),
    notice: () => {},
    paint: plain,
    paintNotice: plain,
  };
  const own = { threadId: 1, pass: 2, fuel: 1_234_567, fuelBudget: 5e6 };
  const error = { name: 'Error', message: '紙'.repeat(20), stack: '' };
  const runs = ['mailer@acme/the-nightly-report-of-all-sales-by-region', `mailer@${'東'.repeat(40)}/a`].map((key) =>
    recordOf('a-long-run', 1_000, { ...own, key, outcome: 'failed', error }),
  );
  printRuns(runs, terminal, 'none');
  expect(Math.max(...lines.map(textWidth))).toBeLessThanOrEqual(80);
  const [first, second] = lines.filter((line) => line.endsWith('a-long-r'));
  expect(textWidth(first ?? '')).toBe(textWidth(second ?? ''));
  expect(lines.join('\n')).toContain('    pass 2  1,234,567 of 5,000,000 instructions');
});

test('an outcome or a level that another version or a stranger has made up is printed as it is', () => {
  const lines: string[] = [];
  const paint = (style: Style, text: string): string => styleText(style, text, { validateStream: false });
  const terminal: Terminal = { result: (line) => lines.push(line), notice: () => {}, paint, paintNotice: paint };
  for (const word of ['constructor', '__proto__', 'toString']) {
    const log = [{ atMs: 0, level: word as LogLevel, message: 'said' }];
    printRuns([{ ...recordOf('run', 1_000, { outcome: word as Outcome }), log }], terminal, 'log');
  }
  expect(lines.filter((line) => stripVTControlCharacters(line).includes('constructor'))).toHaveLength(2);
});
