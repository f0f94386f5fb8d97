/**
 * The log of the supervisor thread. It writes to a file descriptor directly, so that lines are written even while the
 * host thread is blocked: a worker's `console.log` would pass through that thread.
 */
import pino from 'pino';
import { type RedactPath, redactor, redactPathOf } from '../../wire/redaction.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { SchedulerWarning } from '../scheduler-reports.ts';
import type { LogConfig } from '../supervisor-config.ts';
import { openLogDestination } from './log-destination.ts';
import { LogHealth } from './log-health.ts';
import { LogStream } from './log-stream.ts';

export interface PinoLoggerParts {
  readonly clock: Clock;
  readonly nodeId: string;
  /** The log cannot be written, or can be written again. */
  readonly warned: (warning: SchedulerWarning) => void;
  /** Whether a destination that cannot be opened now is tried again later instead of being refused. */
  readonly canWait: boolean;
}

/** @throws InvalidOptionError when the destination cannot be opened, unless it can wait. */
export function pinoLogger(config: LogConfig, parts: PinoLoggerParts): Logger {
  const { clock, nodeId, warned, canWait } = parts;
  const health = new LogHealth(clock, (warning) => {
    warned(warning);
    // This line waits like all others: it says where lines are missing.
    log.warn({ code: warning.code }, warning.message);
  });
  const stream = new LogStream({ clock, listener: health, open: () => openLogDestination(config.destination) });
  if (config.level !== 'silent' && !canWait) stream.open();
  const paths = config.redact.map((path) => redactPathOf(path) ?? []);
  const redactLine = redactor(paths);
  const log = pino(
    {
      level: config.level,
      base: redactLine({ nodeId }),
      timestamp: pino.stdTimeFunctions.epochTime,
      ...(paths.length > 0 && { formatters: { log: redactLine } }),
    },
    stream,
  );
  return {
    trace: log.trace.bind(log),
    debug: log.debug.bind(log),
    info: log.info.bind(log),
    warn: log.warn.bind(log),
    error: log.error.bind(log),
    fatal: log.fatal.bind(log),
    redact: redactor([...paths, ...pathsInFields(paths)]),
    flush: () => stream.flush(),
  };
}

/** In a line, a plugin's fields are below `fields`, so a path may begin there; what it names is then a plugin's field. */
function pathsInFields(paths: readonly RedactPath[]): RedactPath[] {
  return paths
    .filter(([head, next]) => (head === 'fields' || head === '*') && next !== undefined)
    .map((path) => path.slice(1));
}
