import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LogStream, MAX_WAITING_LENGTH } from '../../../src/supervisor/loggers/log-stream.ts';
import { VirtualClock } from '../../../src/testing/virtual-clock.ts';
import { temporaryFolder } from '../../support/scheduler-harness.ts';

/** A log stream into a pipe, and the end of it that the test reads. */
function piped() {
  const path = join(temporaryFolder(), 'fifo');
  execFileSync('mkfifo', [path]);
  const open = () => openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  let reader = open();
  const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
  onTestFinished(() => closeSync(reader));
  onTestFinished(() => closeSync(writer));
  const clock = new VirtualClock();
  const failures: string[] = [];
  const recoveries: number[] = [];
  const listener = {
    failed: (reason: string) => failures.push(reason),
    recovered: (lostCount: number) => recoveries.push(lostCount),
  };
  const stream = new LogStream({ clock, listener, open: () => writer });
  const read = (): string => {
    const chunk = Buffer.alloc(1_024 * 1_024);
    try {
      return chunk.subarray(0, readSync(reader, chunk)).toString();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return '';
      throw error;
    }
  };
  return {
    clock,
    stream,
    failures,
    recoveries,
    read,
    leave: () => closeSync(reader),
    comeBack: () => {
      reader = open();
    },
  };
}

describe('LogStream', () => {
  test('keeps the lines of a reader that has left, and writes them when there is one again', async () => {
    const { stream, failures, recoveries, read, leave, comeBack } = piped();
    stream.write('1\n');
    await stream.flush();
    expect(read()).toBe('1\n');
    leave();
    stream.write('2\n');
    await stream.flush();
    stream.write('3\n');
    expect(failures).toEqual(['EPIPE: broken pipe, write']);
    comeBack();
    await stream.flush();
    expect([read(), recoveries]).toEqual(['2\n3\n', [0]]);
  });

  test('tries again by itself, a second after a failure', async () => {
    const { clock, stream, failures, leave, comeBack, read, recoveries } = piped();
    leave();
    stream.write('1\n');
    await stream.flush();
    comeBack();
    await clock.advance(999);
    expect([failures.length, read()]).toEqual([1, '']);
    await clock.advance(1);
    await stream.flush();
    expect([read(), recoveries]).toEqual(['1\n', [0]]);
  });

  test('waits for a reader that is slow, and counts what is lost when too much waits', async () => {
    const { clock, stream, failures, recoveries, read } = piped();
    const line = `${'x'.repeat(1_024 * 1_024 - 1)}\n`;
    const count = MAX_WAITING_LENGTH / line.length;
    for (let place = 0; place < count + 3; place++) stream.write(line);
    expect(failures).toHaveLength(3);
    let length = 0;
    const flushed = { isOver: false };
    void stream.flush().then(() => {
      flushed.isOver = true;
    });
    while (!flushed.isOver) {
      length += read().length;
      await clock.advance(50);
      await new Promise((resolve) => setImmediate(resolve));
    }
    length += read().length;
    expect([length, recoveries]).toEqual([count * line.length, [3]]);
  });
});
