/**
 * The log of the supervisor thread. pino writes to a file descriptor directly, so that lines are written even while the
 * host thread is blocked: a worker's `console.log` would pass through that thread. Writes are asynchronous and bounded.
 * When the reader stops reading, at most `MAX_BUFFER_BYTES` wait and further lines are dropped. When the reader is
 * gone, the log ends quietly.
 */
import pino from 'pino';
import type { Logger } from '../ports/logger.ts';
import type { LogConfig } from '../supervisor-config.ts';

const MAX_BUFFER_BYTES = 16 * 1_024 * 1_024;

export function pinoLogger(config: LogConfig, bindings: Readonly<Record<string, string>>): Logger {
  const destination = pino.destination({
    dest: config.destination,
    sync: false,
    // Each line is written at once. With 0, the default, `flush` would not wait for the write that is under way.
    minLength: 1,
    maxLength: MAX_BUFFER_BYTES,
    mkdir: true,
  });
  let isBroken = false;
  // The reader is gone (`| head -1`) or the disk is full. The scheduler goes on without its log.
  destination.on('error', () => {
    isBroken = true;
  });
  const log = pino(
    { level: config.level, base: bindings, redact: [...config.redact], timestamp: pino.stdTimeFunctions.epochTime },
    destination,
  );
  const flush = (): Promise<void> =>
    new Promise((resolve) => {
      if (isBroken) resolve();
      else destination.flush(() => resolve());
    });
  return {
    trace: log.trace.bind(log),
    debug: log.debug.bind(log),
    info: log.info.bind(log),
    warn: log.warn.bind(log),
    error: log.error.bind(log),
    fatal: log.fatal.bind(log),
    flush,
  };
}
