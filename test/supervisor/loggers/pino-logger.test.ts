import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pinoLogger } from '../../../src/supervisor/loggers/pino-logger.ts';
import type { SchedulerWarning } from '../../../src/supervisor/scheduler-reports.ts';
import type { LogConfig } from '../../../src/supervisor/supervisor-config.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

/** A log, what it warned of, and the lines that are in its file. */
function logTo(destination: number | string, config: Partial<LogConfig> & { readonly canWait?: boolean } = {}) {
  const clock = new VirtualClock();
  const warnings: SchedulerWarning[] = [];
  const { canWait = false, ...own } = config;
  const log = pinoLogger(
    { level: 'info', destination, redact: [], ...own },
    { clock, nodeId: 'n', canWait, warned: (warning) => warnings.push(warning) },
  );
  return { clock, log, warnings };
}

const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('the log of the supervisor thread', () => {
  test('has every line in its file when flush resolves', async () => {
    const file = join(tmpdir(), 'log');
    const destination = openSync(file, 'a');
    const { log } = logTo(destination);
    for (let round = 1; round <= 20; round++) {
      log.info({ round }, 'a line');
      await log.flush();
      expect(linesOf(file)).toHaveLength(round);
    }
    closeSync(destination);
    rmSync(file);
  });

  test('writes out characters that would deceive the reader of a terminal', async () => {
    const file = join(temporaryFolder(), 'log');
    const { log } = logTo(file);
    const fields = { 'k\u202e': '\u009b31m\u2066', text: 'a\u2028b' };
    log.info({ fields }, 'm\u202e\u007f\u001b');
    await log.flush();
    const [line = ''] = linesOf(file);
    expect(line).toMatch(/^[\u0020-\u007e]+$/);
    expect(JSON.parse(line)).toMatchObject({ fields, msg: 'm\u202e\u007f\u001b' });
  });

  test.skipIf(process.platform !== 'linux')('goes on without a full disk, and warns of it once', async () => {
    const { clock, log, warnings } = logTo('/dev/full');
    for (let round = 0; round < 5; round++) {
      log.info({ round }, 'a line');
      await log.flush();
    }
    expect(warnings).toEqual([{ code: 'log-failed', message: expect.stringContaining('ENOSPC: no space left') }]);
    await clock.advance(61_000);
    await log.flush();
    expect(warnings).toHaveLength(2);
  });

  test('waits for a destination that cannot be opened when a dead supervisor is replaced', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'blocked', 'log');
    closeSync(openSync(join(folder, 'blocked'), 'a'));
    expect(() => logTo(file)).toThrow(`Option "logger.destination" is invalid: file "${file}" cannot be written`);
    const { log, warnings } = logTo(file, { canWait: true });
    log.info({}, 'early');
    await log.flush();
    expect(warnings).toMatchObject([{ code: 'log-failed' }]);
    rmSync(join(folder, 'blocked'));
    await log.flush();
    const recovered = { code: 'log-recovered', message: 'The log is written again; 0 lines were lost.' };
    expect(warnings[1]).toEqual(recovered);
    await log.flush();
    expect(linesOf(file).map((line) => JSON.parse(line).msg)).toEqual([
      'early',
      expect.stringContaining('The log cannot be written'),
      recovered.message,
    ]);
  });

  test('redacts its own fields, and those of plugins by a path with or without the name under which they stand', async () => {
    const file = join(temporaryFolder(), 'log');
    const { log } = logTo(file, { redact: ['error.message', 'fields.a', '*.b'] });
    log.info({ key: 'k', error: { name: 'Error', message: 'secret' } }, 'm');
    await log.flush();
    expect(JSON.parse(linesOf(file)[0] ?? '')).toMatchObject({
      key: 'k',
      error: { name: 'Error', message: '[Redacted]' },
    });
    expect(log.redact({ a: 1, b: 2, c: { b: 3 }, d: 4 })).toEqual({
      a: '[Redacted]',
      b: '[Redacted]',
      c: { b: '[Redacted]' },
      d: 4,
    });
  });

  test('opens nothing when it is silent', () => {
    expect(() => logTo('/proc/nope/x', { level: 'silent' })).not.toThrow();
  });
});
