import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdirSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { InvalidOptionError } from '../../../src/errors.ts';
import { openLogDestination } from '../../../src/supervisor/loggers/log-destination.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

function closedLater(descriptor: number): number {
  onTestFinished(() => closeSync(descriptor));
  return descriptor;
}

function fifo(): string {
  const path = join(temporaryFolder(), 'fifo');
  execFileSync('mkfifo', [path]);
  return path;
}

/** The message of the refusal. */
function refusal(destination: number | string): string {
  try {
    openLogDestination(destination);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidOptionError);
    return (error as Error).message;
  }
  throw new Error('it was opened');
}

describe('the destination of the log', () => {
  test('is a new file that only its owner may read, in a folder that is created', () => {
    const path = join(temporaryFolder(), 'a', 'b', 'log');
    writeSync(closedLater(openLogDestination(path)), 'line\n');
    writeSync(closedLater(openLogDestination(path)), 'line\n');
    expect(readFileSync(path, 'utf8')).toBe('line\nline\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is refused with its path when it is a folder, or cannot exist', () => {
    const folder = temporaryFolder();
    const file = join(folder, 'file');
    closedLater(openSync(file, 'a'));
    expect(refusal(folder)).toBe(
      `Option "logger.destination" is invalid: file "${folder}" cannot be written: it is a folder.`,
    );
    expect(refusal(join(file, 'log'))).toContain('ENOTDIR');
    expect(refusal(join(folder, 'n'.repeat(300)))).toContain('ENAMETOOLONG');
  });

  test.skipIf(process.platform !== 'linux')('is refused in a folder where nothing can be created', () => {
    expect(refusal('/proc/nope/x')).toMatch(/^Option "logger.destination" is invalid: file "\/proc\/nope\/x" .*ENOENT/);
  });

  test.skipIf(process.getuid?.() === 0)('is refused without the right to write', () => {
    const folder = join(temporaryFolder(), 'mine');
    mkdirSync(folder, { mode: 0o500 });
    expect(refusal(join(folder, 'log'))).toContain('EACCES');
  });

  test('is refused when its descriptor is closed, or open for reading only', () => {
    expect(refusal(2 ** 31 - 1)).toBe(
      'Option "logger.destination" is invalid: file descriptor 2147483647 cannot be written: EBADF: bad file descriptor, fstat.',
    );
    const forReading = closedLater(openSync(import.meta.filename, 'r'));
    expect(refusal(forReading)).toContain(`file descriptor ${forReading} cannot be written: EBADF`);
  });

  test('is refused when it is a pipe that nobody reads', () => {
    expect(refusal(fifo())).toContain('it is a pipe that nobody reads');
  });

  test.skipIf(process.platform !== 'linux')('never blocks a write, whether it is a pipe or a descriptor of one', () => {
    const path = fifo();
    closedLater(openSync(path, constants.O_RDWR | constants.O_NONBLOCK));
    const blocking = closedLater(openSync(path, 'w'));
    const fill = (descriptor: number): void => {
      for (;;) writeSync(descriptor, Buffer.alloc(4_096));
    };
    expect(() => fill(closedLater(openLogDestination(path)))).toThrow('EAGAIN');
    expect(() => fill(closedLater(openLogDestination(blocking)))).toThrow('EAGAIN');
  });
});
