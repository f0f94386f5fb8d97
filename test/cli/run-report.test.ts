import { expect, test } from 'vitest';
import { printRuns } from '../../src/cli/output/run-report.ts';
import type { Terminal } from '../../src/cli/output/terminal.ts';
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
  const runs = [recordOf('guest-run', 1_000, { threadId: 1, fuel: 1_234_567, droppedLogLines: 2 })];
  printRuns(runs, terminal, 'log');
  expect(lines[1]).toMatch(/guest-run \(1,234,567 instructions, 2 lines dropped\)$/);
});
