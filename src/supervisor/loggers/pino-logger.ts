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
    trace: (fields, phrase) => log.trace(fields, phrase),
    debug: (fields, phrase) => log.debug(fields, phrase),
    info: (fields, phrase) => log.info(fields, phrase),
    warn: (fields, phrase) => log.warn(fields, phrase),
    error: (fields, phrase) => log.error(fields, phrase),
    fatal: (fields, phrase) => log.fatal(fields, phrase),
    flush,
  };
}
