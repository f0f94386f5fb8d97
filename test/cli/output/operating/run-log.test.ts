import { expect, test } from 'vitest';
import { RunLog } from '../../../../src/cli/output/operating/run-log.ts';
import type { Terminal } from '../../../../src/cli/output/terminal.ts';
import type { HistoryRecord, LogLine } from '../../../../src/index.ts';
import type { LiveRunDetail } from '../../../../src/supervisor/operator-reports.ts';

const line = (message: string, atMs = 1): LogLine => ({ atMs, level: 'info', message });
const log = (message: string, runId = 'r') =>
  ({ type: 'log', event: { runId, key: 'a/b', line: line(message) } }) as const;

/** What was printed, as JSON lines: the text of each line of a log, and the outcome of each run. */
function printing() {
  const lines: string[] = [];
  const terminal: Terminal = {
    result: (text) => {
      const { type, event } = JSON.parse(text) as { type: string; event: { line: LogLine; outcome: string } };
      lines.push(type === 'log' ? event.line.message : event.outcome);
    },
    notice: () => {},
    paint: (_, text) => text,
    paintNotice: (_, text) => text,
  };
  return { lines, runLog: new RunLog(terminal, true) };
}

const live = (...messages: string[]) =>
  ({ runId: 'r', key: 'a/b', log: messages.map((message) => line(message)) }) as unknown as LiveRunDetail;
const ended = (...messages: string[]) => ({ ...live(...messages), outcome: 'succeeded' }) as unknown as HistoryRecord;

test('a line is printed once, also if it is in the log and heard of', () => {
  const { lines, runLog } = printing();
  runLog.show({ run: null, live: live('a', 'b') });
  for (const message of ['b', 'c']) runLog.heard(log(message));
  expect(lines).toEqual(['a', 'b', 'c']);
});

test('equal lines are printed as often as they were logged', () => {
  const { lines, runLog } = printing();
  runLog.show({ run: null, live: live('tick', 'tick') });
  for (const _ of [1, 2, 3]) runLog.heard(log('tick'));
  expect(lines).toEqual(['tick', 'tick', 'tick']);
});

test('what was not heard of is printed at the end, and nothing after it', () => {
  const { lines, runLog } = printing();
  runLog.heard(log('a'));
  runLog.show({ run: ended('a', 'lost on the way', 'z'), live: null });
  runLog.heard(log('z'));
  runLog.show({ run: ended('a'), live: null });
  expect(lines).toEqual(['a', 'lost on the way', 'z', 'succeeded']);
});

test('runs do not hide lines of each other', () => {
  const { lines, runLog } = printing();
  for (let run = 0; run < 30; run += 1) runLog.heard(log('same', `r${run}`));
  expect(lines).toHaveLength(30);
});
