import { describe, expect, test } from 'vitest';
import type { LogLine } from '../../../src/machines/run.ts';
import { RunLog } from '../../../src/workers/context/run-log.ts';

function recordedLog(): { readonly log: RunLog; readonly lines: LogLine[] } {
  const lines: LogLine[] = [];
  return { log: new RunLog((line) => lines.push(structuredClone(line))), lines };
}

describe('the log of a run', () => {
  test('keeps 1,000 lines and counts the rest', () => {
    const { log, lines } = recordedLog();

    for (let count = 0; count < 1_005; count += 1) log.write('info', 'line');

    expect(lines).toHaveLength(1_000);
    expect(log.droppedCount).toBe(5);
  });

  test('cuts long lines, and keeps 256 KiB of them, fields included', () => {
    const { log, lines } = recordedLog();

    for (let count = 0; count < 40; count += 1) log.write('info', 'x'.repeat(10_000));

    expect(lines).toHaveLength(32);
    expect(lines[0]?.message).toHaveLength(8_192);
    expect(log.droppedCount).toBe(8);
  });

  test('takes whatever a plugin hands it', () => {
    const { log, lines } = recordedLog();
    const logger = log.logger() as unknown as Record<string, (...args: unknown[]) => void>;

    for (const thing of [undefined, null, 42, Symbol('s'), () => {}]) logger['warn']?.(thing);
    logger['info']?.({ a: 1 });
    logger['info']?.(new TypeError('as fields'), 'failed');

    expect(lines.map(({ message }) => message)).toEqual([
      'undefined',
      'null',
      '42',
      'Symbol(s)',
      '[Function]',
      '',
      'failed',
    ]);
    expect(lines[5]?.fields).toEqual({ a: 1 });
    expect(lines[6]?.fields).toMatchObject({ value: { name: 'TypeError', message: 'as fields' } });
  });
});
