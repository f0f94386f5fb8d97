/**
 * The log of the supervisor thread: pino on a file descriptor of its own, so that lines are written while the host thread is
 * blocked (a worker's `console.log` would pass through it). Writes are asynchronous and bounded: a reader that has
 * stopped costs at most `MAX_BUFFER_BYTES`, after which lines are dropped, and one that has gone ends the log quietly.
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
  // Nobody reads any more (`| head -1`), or the disk is full: the scheduler goes on without its log.
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
