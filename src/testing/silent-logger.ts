import type { Logger } from '../supervisor/ports/logger.ts';

/** Logs nothing: in virtual time a test reads what happened from events. */
export const silentLogger: Logger = {
  trace: () => {},
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  fatal: () => {},
  redact: (fields) => fields,
  flush: () => Promise.resolve(),
};
