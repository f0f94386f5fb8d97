import type { Logger } from '../supervisor/ports/logger.ts';

/** Says nothing: in virtual time events tell what happened. */
export const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  flush: () => Promise.resolve(),
};
