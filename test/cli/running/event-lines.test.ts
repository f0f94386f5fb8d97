import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import {
  decisionLines,
  keyWidthOf,
  type Layout,
  logLines,
  runLines,
  warningLines,
} from '../../../src/cli/running/event-lines.ts';
import type { RunRecord } from '../../../src/index.ts';

const AT = Date.UTC(2026, 10, 23, 8, 0, 5, 7);
const LAYOUT: Layout = { keyWidth: 14, columns: 80, paint: (style, text) => `<${style}>${text}</>` };
const PLAIN: Layout = { ...LAYOUT, paint: (_, text) => text };

function runOf(changes: Partial<RunRecord>): RunRecord {
  const lateness = { tickMs: 1, lockMs: 0, queueMs: 0, startMs: 1.5, totalMs: 2.5 };
  return {
    runId: 'r',
    key: 'report/nightly',
    plugin: 'report',
    scheduleId: 'nightly',
    nodeId: 'n',
    trigger: 'clock',
    isCatchup: false,
    scheduledAtMs: AT - 20,
    dueAtMs: AT - 20,
    startedAtMs: AT - 12.3,
    finishedAtMs: AT,
    outcome: 'succeeded',
    lateness,
    threadId: 1,
    ...changes,
  };
}

test('a run is a line with its outcome in colour', () => {
  expect(runLines(runOf({}), LAYOUT)).toEqual([
    '<dim>08:00:05.007Z</>  report/nightly  <green>succeeded</>   12.3 ms  <dim>2.5 ms late</>',
  ]);
  expect(runLines(runOf({ trigger: 'catch-up' }), PLAIN)[0]).toMatch(/2\.5 ms late, catch-up$/);
});

test('a run that failed says why and where, with its causes', () => {
  const url = pathToFileURL(join(process.cwd(), 'plugins/report.ts')).href;
  const stack = `Error: no\n    at run (${url}?v=2:12:9)\n    at node:internal/x:1:2`;
  const cause = { name: 'RangeError', message: 'the volume\u001b[2J is 11' };
  const lines = runLines(runOf({ outcome: 'failed', error: { name: 'Error', message: 'no', stack, cause } }), PLAIN);
  expect(lines.slice(1)).toEqual([
    '                 Error: no',
    `                   at run (${join('plugins', 'report.ts')}:12:9)`,
    '                 caused by RangeError: the volume\\u001b[2J is 11',
  ]);
});

test('a path with brackets is shown as it is typed', () => {
  const { href } = pathToFileURL(join(process.cwd(), 'old (2)/report.ts'));
  const stack = `Error: no\n    at run (${href}:12:9)`;
  const lines = runLines(runOf({ outcome: 'failed', error: { name: 'Error', message: 'no', stack } }), PLAIN);
  expect(lines[2]?.trim()).toBe(`at run (${join('old (2)', 'report.ts')}:12:9)`);
});

test('a run that never began has neither a lateness nor a duration', () => {
  const { threadId: _, ...run } = runOf({ outcome: 'aborted' });
  expect(runLines(run, PLAIN)).toEqual(['08:00:05.007Z  report/nightly  aborted           –']);
});

test('what a run logs is indented, with its level unless that is info, and its fields', () => {
  const line = {
    atMs: AT,
    level: 'info' as const,
    message: 'sent',
    fields: { to: 'a@b.c', text: 'two words', n: [1] },
  };
  const event = { key: 'mail/send', line };
  expect(logLines(event, PLAIN)).toEqual(['08:00:05.007Z    mail/send  sent to=a@b.c text="two words" n=[1]']);
  expect(logLines({ ...event, line: { ...line, level: 'warn', fields: {} } }, LAYOUT)).toEqual([
    '<dim>08:00:05.007Z</>    <dim>mail/send</>  <yellow>warn  </>sent',
  ]);
});

test('what is too wide goes on below, where the text begins', () => {
  const line = { atMs: AT, level: 'info' as const, message: 'word '.repeat(12) };
  const lines = logLines({ key: 'mail/send', line }, { ...PLAIN, columns: 50 });
  expect(lines.map((text) => text.length).every((length) => length <= 50)).toBe(true);
  expect(lines.slice(1).every((text) => text.startsWith(`${' '.repeat(17)}word`))).toBe(true);
});

test('occurrences that did not run, and warnings, stand out', () => {
  const decision = {
    key: 'report/nightly',
    nodeId: 'n',
    outcome: 'missed-skipped' as const,
    reason: 'superseded' as const,
    fromMs: AT,
    untilMs: AT,
    count: 5,
    atMs: AT,
  };
  expect(decisionLines(decision, PLAIN)).toEqual([
    '08:00:05.007Z  report/nightly  missed-skipped  5 occurrences did not run (superseded)',
  ]);
  expect(warningLines({ code: 'log-failed', message: 'The log cannot be written.' }, AT, PLAIN)).toEqual([
    '08:00:05.007Z  warning  The log cannot be written.',
  ]);
});

test('a column of keys leaves room for the rest of a run', () => {
  expect(keyWidthOf(['a/b', 'a/long'], 80)).toBe(6);
  expect(keyWidthOf(['a/'.padEnd(90, 'x')], undefined)).toBe(90);
  const keyWidth = keyWidthOf(['a/'.padEnd(90, 'x')], 80);
  const [line = ''] = runLines(runOf({ key: 'a/'.padEnd(90, 'x') }), { ...PLAIN, keyWidth });
  expect(line.length).toBeLessThanOrEqual(80);
});
